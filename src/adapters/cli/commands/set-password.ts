import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { describeAccount } from "../kit/AccountOutput.ts"
import { accountArgument } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { plural, printNote, printResult } from "../kit/Output.ts"
import { givenOrAsked, GivenPassword, passwordFlags, readPassword } from "../kit/PasswordInput.ts"

export const setPassword = Command.make("set-password", { account: accountArgument, ...passwordFlags }).pipe(
  Command.withDescription(
    "Gives an account another password, ends all of its sessions and forgets its devices. It is for holders who lost " +
      "their password: make sure who they are, and have them change it. At a terminal it asks for the password."
  ),
  Command.withShortDescription("Gives an account another password"),
  Command.withExamples([
    { command: "identity set-password ada@example.com" },
    {
      command: "identity set-password ada@example.com --password-file <(pwgen 20 1)",
      description: "Without a terminal"
    }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ account: reference }) {
    const accounts = yield* Accounts
    const holder = yield* accounts.get(reference)
    const password = yield* givenOrAsked((chosen) => accounts.judgePassword(chosen, holder))
    const { account, sessionsEnded } = yield* accounts.setPassword(reference, password)
    yield* printResult(yield* describeAccount(account))
    yield* printNote(`Set the password of ${account.email}. ${plural(sessionsEnded, "session")} ended.`)
  })),
  Command.provide(services),
  // Outermost, so that nothing starts before there is an acceptable password or somebody to ask.
  Command.provideEffect(GivenPassword, (input) => readPassword(input))
)
