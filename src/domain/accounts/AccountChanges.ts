import type { AccountPrecondition } from "../../ports/AccountStore.ts"
import type { Account, DisplayName } from "../model/Account.ts"
import type { AccountPart, AuditAction } from "../model/Audit.ts"
import type { Email } from "../model/Email.ts"

/** The version that a change is based on. With `any`, it is made on top of all simultaneous changes. */
export type ExpectedVersion = number | "any"

export const preconditionOf = (expected: ExpectedVersion): AccountPrecondition =>
  expected === "any" ? { _tag: "Exists" } : { _tag: "Version", version: expected }

/** Changes to an account. Members that are left out stay unchanged. */
export interface AccountChanges {
  readonly email?: Email | undefined
  readonly displayName?: DisplayName | undefined
}

/** The parts that the changes really alter. */
export const changedParts = (account: Account, changes: AccountChanges): ReadonlyArray<AccountPart> => {
  const parts: Array<AccountPart> = []
  if (changes.email !== undefined && changes.email !== account.email) parts.push("email")
  if (changes.displayName !== undefined && changes.displayName !== account.displayName) parts.push("display_name")
  return parts
}

/**
 * The members of a store's update that the changes decide. Parts that already have the wanted value are left out, so
 * that a simultaneous change of them by somebody else isn't undone.
 */
export const accountUpdate = (account: Account, { displayName, email }: AccountChanges) => ({
  id: account.id,
  ...(email === undefined || email === account.email ? {} : { email }),
  ...(displayName === undefined || displayName === account.displayName ? {} : { displayName })
})

/** What administrators may change beside that. A new email isn't verified unless they say so. */
export interface AnyChanges extends AccountChanges {
  readonly emailVerified?: boolean | undefined
}

interface AnyEffect {
  /** How the audit log names it. */
  readonly action: AuditAction
  readonly parts: ReadonlyArray<AccountPart>
  readonly verified: { readonly emailVerified?: boolean }
}

/** What the changes really do to an account. */
export const effectOf = (account: Account, changes: AnyChanges): AnyEffect => {
  const parts = changedParts(account, changes)
  const { emailVerified } = changes
  const isVerified = account.emailVerified && !parts.includes("email")
  if (emailVerified === undefined || emailVerified === isVerified) {
    return { action: "account.updated", parts, verified: {} }
  }
  const alone = emailVerified ? "email-verification.set" : "email-verification.withdrawn"
  return {
    action: parts.length === 0 ? alone : "account.updated",
    parts: [...parts, "email_verified"],
    verified: { emailVerified }
  }
}
