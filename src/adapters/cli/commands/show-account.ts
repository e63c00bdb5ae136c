import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { describeAccount } from "../AccountOutput.ts"
import { services } from "../Drives.ts"
import { answer } from "../Output.ts"
import { accountArgument } from "../Values.ts"

export const showAccount = Command.make("show-account", { account: accountArgument }).pipe(
  Command.withDescription("Prints an account."),
  Command.withShortDescription("Prints an account"),
  Command.withHandler(Effect.fnUntraced(function*({ account }) {
    const accounts = yield* Accounts
    yield* answer(describeAccount(yield* accounts.get(account)))
  })),
  Command.provide(services)
)
