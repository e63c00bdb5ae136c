import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { describeAccount } from "../kit/AccountOutput.ts"
import { accountArgument } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const enableAccount = Command.make("enable-account", { account: accountArgument }).pipe(
  Command.withDescription("Lets a disabled account sign in again. Sessions that disabling ended stay ended."),
  Command.withShortDescription("Lets a disabled account sign in again"),
  Command.withHandler(Effect.fnUntraced(function*({ account }) {
    const accounts = yield* Accounts
    const { email, id, status } = yield* accounts.get(account)
    yield* printResult(yield* describeAccount(yield* accounts.enable(id)))
    yield* printNote(status === "active" ? `${email} was enabled already.` : `Enabled ${email}. It can sign in again.`)
  })),
  Command.provide(services)
)
