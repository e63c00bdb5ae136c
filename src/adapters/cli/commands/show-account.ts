import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { describeAccount } from "../kit/AccountOutput.ts"
import { accountArgument } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { printResult } from "../kit/Output.ts"

export const showAccount = Command.make("show-account", { account: accountArgument }).pipe(
  Command.withDescription("Prints an account."),
  Command.withShortDescription("Prints an account"),
  Command.withHandler(Effect.fnUntraced(function*({ account }) {
    const accounts = yield* Accounts
    yield* printResult(yield* describeAccount(yield* accounts.get(account)))
  })),
  Command.provide(services)
)
