/** How commands print accounts. */
import { Effect, Option } from "effect"
import { EmailChanges } from "../../../domain/challenges/EmailChanges.ts"
import type { Account, PendingEmails } from "../../../domain/model/Account.ts"
import type { Page } from "../../../domain/model/Page.ts"
import { accountResource } from "../../../resources/AccountResource.ts"
import type { CommandResult } from "./Output.ts"
import { properties, table } from "./Table.ts"

export const describeAccount = Effect.fnUntraced(function*(account: Account) {
  const pending = yield* (yield* EmailChanges).pendingOf([account])
  return accountResult(account, pending)
})

const accountResult = (account: Account, pending: PendingEmails): CommandResult => ({
  json: accountResource(account, pending),
  text: properties([
    ["id", account.id],
    ["email", account.email],
    ["email verified", account.emailVerified ? "yes" : "no"],
    ...[...pending.values()].map((email) => ["pending email", email] as const),
    ["display name", account.displayName],
    ["status", account.status],
    ["created", account.createdAt],
    ["updated", account.updatedAt],
    ["version", String(account.version)]
  ]),
  quiet: account.id
})

export const describeAccounts = Effect.fnUntraced(function*(page: Page<Account>) {
  const pending = yield* (yield* EmailChanges).pendingOf(page.items)
  return accountsResult(page, pending)
})

const accountsResult = ({ items, next }: Page<Account>, pending: PendingEmails): CommandResult => ({
  json: { accounts: items.map((account) => accountResource(account, pending)), next: Option.getOrNull(next) },
  text: table(
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
