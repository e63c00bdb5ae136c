import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/services/Accounts.ts"
import { describeAccount } from "../AccountOutput.ts"
import { services } from "../Drives.ts"
import { answer } from "../Output.ts"
import { accountArgument } from "../Values.ts"

export const enableAccount = Command.make("enable-account", { account: accountArgument }).pipe(
  Command.withDescription("Lets a disabled account sign in again. Sessions that disabling ended stay ended."),
  Command.withShortDescription("Lets a disabled account sign in again"),
  Command.withHandler(Effect.fnUntraced(function*({ account }) {
    const accounts = yield* Accounts
    yield* answer(describeAccount(yield* accounts.enable(account)))
  })),
  Command.provide(services)
)
