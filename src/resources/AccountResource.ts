/** The public form of an account, in HTTP and in the command line's JSON. Each field is mapped by name. */
import { Schema } from "effect"
import { AccountStatus } from "../domain/model/Account.ts"
import type { Account, PendingEmails } from "../domain/model/Account.ts"
import { instant } from "./Instant.ts"
import { nullableText, text } from "./Text.ts"

export const AccountResource = Schema.Struct({
  id: text("Sorts by creation", "acct_02qo8ey96xw3vwzfm9q0jk5tc"),
  email: text("As its holder wrote it", "ada@example.com"),
  email_verified: Schema.Boolean.annotate({
    description: "Whether the account's holder has shown that the email is theirs",
    examples: [false]
  }),
  pending_email: nullableText(
    "The email that it gets when somebody who reads it confirms it; null if there is none",
    "ada.king@example.com"
  ),
  display_name: text("What to call them", "Ada Lovelace"),
  status: AccountStatus.annotate({ description: "Whether one can sign in; `disabled` by an operator" }),
  created_at: instant("When it was signed up"),
  updated_at: instant("When it was last changed"),
  version: Schema.Int.annotate({ description: "1 at first; grows by 1 with every change", examples: [1] })
}).annotate({ identifier: "Account", description: "An account" })

/** Accounts that were created just now have nothing pending. */
export const NOTHING_PENDING: PendingEmails = new Map()

export const accountResource = (account: Account, pending: PendingEmails): typeof AccountResource.Type => ({
  id: account.id,
  email: account.email,
  email_verified: account.emailVerified,
  pending_email: pending.get(account.id) ?? null,
  display_name: account.displayName,
  status: account.status,
  created_at: account.createdAt,
  updated_at: account.updatedAt,
  version: account.version
})
