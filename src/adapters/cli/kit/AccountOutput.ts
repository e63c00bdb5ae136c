/** How commands print accounts. */
import { Option } from "effect"
import type { Account } from "../../../domain/model/Account.ts"
import type { Page } from "../../../domain/model/Page.ts"
import { accountResource } from "../../../resources/AccountResource.ts"
import type { CommandResult } from "./Output.ts"
import { properties, table } from "./Table.ts"

export const describeAccount = (account: Account): CommandResult => ({
  json: accountResource(account),
  text: properties([
    ["id", account.id],
    ["email", account.email],
    ["email verified", account.emailVerified ? "yes" : "no"],
    ["display name", account.displayName],
    ["status", account.status],
    ["created", account.createdAt],
    ["updated", account.updatedAt],
    ["version", String(account.version)]
  ]),
  quiet: account.id
})

export const describeAccounts = ({ items, next }: Page<Account>): CommandResult => ({
  json: { accounts: items.map(accountResource), next: Option.getOrNull(next) },
  text: items.length === 0 ? "" : table(
    ["ID", "EMAIL", "DISPLAY NAME", "STATUS", "CREATED"],
    items.map((account) => [
      account.id,
      account.email,
      account.displayName,
      account.status,
      account.createdAt
    ]),
    { whole: ["STATUS", "CREATED"], prior: ["EMAIL"], ids: ["ID"], spare: ["CREATED", "STATUS", "DISPLAY NAME"] }
  ),
  quiet: items.map(({ id }) => id).join("\n")
})
