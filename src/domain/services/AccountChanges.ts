import { Effect, Predicate } from "effect"
import type { Account, DisplayName } from "../model/Account.ts"
import type { AccountPart } from "../model/Audit.ts"
import type { Email } from "../model/Email.ts"
import type { VersionConflict } from "../model/IdentityErrors.ts"

/** What may be changed about an account. What is left out stays. */
export interface AccountChanges {
  readonly email?: Email | undefined
  readonly displayName?: DisplayName | undefined
}

/** The parts that a change would really alter. */
export const changedParts = (account: Account, changes: AccountChanges): ReadonlyArray<AccountPart> => {
  const parts: Array<AccountPart> = []
  if (changes.email !== undefined && changes.email !== account.email) parts.push("email")
  if (changes.displayName !== undefined && changes.displayName !== account.displayName) parts.push("display_name")
  return parts
}

/** The part of a store's update that a change decides. */
export const accountUpdate = (account: Account, { displayName, email }: AccountChanges) => ({
  id: account.id,
  expectedVersion: account.version,
  ...(email === undefined ? {} : { email }),
  ...(displayName === undefined ? {} : { displayName })
})

const isVersionConflict = (error: unknown): error is VersionConflict => Predicate.isTagged(error, "VersionConflict")

/** Tries again until nobody else changes the account in between. Each failure means that somebody else succeeded. */
export const untilUncontended = <A, E, R>(attempt: Effect.Effect<A, E, R>) =>
  attempt.pipe(
    Effect.retry({ while: isVersionConflict }),
    Effect.catchIf(isVersionConflict, Effect.die)
  )
