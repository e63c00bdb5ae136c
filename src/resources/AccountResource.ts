/** An account as it leaves the service, over HTTP and from the command line, mapped field by field. */
import { Schema } from "effect"
import { AccountStatus } from "../domain/model/Account.ts"
import type { Account } from "../domain/model/Account.ts"
import { Instant } from "./Instant.ts"

export const AccountResource = Schema.Struct({
  id: Schema.String.annotate({ description: "Sorts by creation", examples: ["acct_02qo8ey96xw3vwzfm9q0jk5tc"] }),
  email: Schema.String.annotate({ examples: ["ada@example.com"] }),
  email_verified: Schema.Boolean,
  display_name: Schema.String.annotate({ examples: ["Ada Lovelace"] }),
  status: AccountStatus,
  created_at: Instant,
  updated_at: Instant,
  version: Schema.Int.annotate({ description: "1 at first; grows by 1 with every change", examples: [1] })
}).annotate({ identifier: "Account", description: "An account" })

export const accountResource = (account: Account): typeof AccountResource.Type => ({
  id: account.id,
  email: account.email,
  email_verified: account.emailVerified,
  display_name: account.displayName,
  status: account.status,
  created_at: account.createdAt,
  updated_at: account.updatedAt,
  version: account.version
})
