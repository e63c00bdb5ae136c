import type { Account, DisplayName } from "../model/Account.ts"
import type { AccountPart } from "../model/Audit.ts"
import type { Email } from "../model/Email.ts"

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

/**
 * The members of a store's update that a change decides. Parts that are so already stay out of it: somebody else may
 * change them at the same time, and that is not to be undone.
 */
export const accountUpdate = (account: Account, { displayName, email }: AccountChanges) => ({
  id: account.id,
  ...(email === undefined || email === account.email ? {} : { email }),
  ...(displayName === undefined || displayName === account.displayName ? {} : { displayName })
})
