import type { Account, DisplayName } from "../model/Account.ts"
import type { AccountPart } from "../model/Audit.ts"
import type { Email } from "../model/Email.ts"

/** Changes to an account. Members that are left out stay as they are. */
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
