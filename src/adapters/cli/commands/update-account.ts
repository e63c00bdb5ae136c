import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { DisplayName } from "../../../domain/model/Account.ts"
import type { Account } from "../../../domain/model/Account.ts"
import { Email } from "../../../domain/model/Email.ts"
import { describeAccount } from "../kit/AccountOutput.ts"
import { accountArgument, optionalFlag } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { wrongUsage } from "../kit/Failure.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const updateAccount = Command.make("update-account", {
  account: accountArgument,
  email: optionalFlag("email", "EMAIL", "The account's new email", Email),
  displayName: optionalFlag("display-name", "NAME", "The new name that people see", DisplayName)
}).pipe(
  Command.withDescription(
    "Changes an account and prints it. A new email ends all of its sessions, and the old email can be used at once."
  ),
  Command.withShortDescription("Changes an account"),
  Command.withExamples([
    { command: "identity update-account ada@example.com --display-name \"Ada King\"" },
    { command: "identity update-account ada@example.com --email ada@example.org" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ account, displayName, email }) {
    const accounts = yield* Accounts
    const changes = { email: Option.getOrUndefined(email), displayName: Option.getOrUndefined(displayName) }
    const before = yield* accounts.get(account)
    const after = yield* accounts.change(before.id, changes)
    yield* printResult(yield* describeAccount(after))
    yield* printNote(describeChange(before, after))
  })),
  Command.provide(services),
  Command.provideEffectDiscard(({ displayName, email }) =>
    Option.isNone(email) && Option.isNone(displayName)
      ? wrongUsage("Say what to change: --email, --display-name or both.")
      : Effect.void
  )
)

const describeChange = (before: Account, after: Account): string => {
  const isMoved = before.email !== after.email
  const parts = [
    ...(isMoved ? ["the email"] : []),
    ...(before.displayName === after.displayName ? [] : ["the display name"])
  ]
  if (parts.length === 0) return `Nothing about ${after.email} has changed.`
  return `Changed ${parts.join(" and ")} of ${after.email}.${isMoved ? " Its sessions have ended." : ""}`
}
