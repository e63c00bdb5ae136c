import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import type { Email } from "../../../domain/model/Email.ts"
import { describeAccount } from "../kit/AccountOutput.ts"
import { services } from "../kit/CommandLayers.ts"
import { checkNewAccount, givenOrAskedValues, NewAccountFlags, newAccountFlags } from "../kit/NewAccount.ts"
import { printNote, printResult } from "../kit/Output.ts"
import { givenOrAsked, GivenPassword, readPassword } from "../kit/PasswordInput.ts"

export const createAccount = Command.make("create-account", newAccountFlags).pipe(
  Command.withDescription(
    "Creates an account and prints it. At a terminal it asks for the values that flags don't give."
  ),
  Command.withShortDescription("Creates an account"),
  Command.withExamples([
    { command: "identity create-account" },
    {
      command: "identity create-account --email ada@example.com --display-name Ada --password-file ./password",
      description: "Without a terminal"
    }
  ]),
  Command.withHandler(Effect.fnUntraced(function*() {
    const accounts = yield* Accounts
    const isTaken = (email: Email) =>
      Effect.as(accounts.get(email), true).pipe(Effect.catchTag("AccountNotFound", () => Effect.succeed(false)))
    const { displayName, email } = yield* givenOrAskedValues(yield* NewAccountFlags, isTaken)
    const password = yield* givenOrAsked((chosen) => accounts.judgePassword(chosen, { email, displayName }))
    const account = yield* accounts.create({ displayName, email, password }).pipe(
      // Commands have no idempotency key.
      Effect.catchTags({ RequestInProgress: Effect.die, IdempotencyKeyReused: Effect.die })
    )
    yield* printResult(yield* describeAccount(account))
    yield* printNote(`Created the account of ${account.email}.`)
  })),
  Command.provide(services),
  // Outermost, so that nothing starts before the values are valid or there is somebody to ask.
  Command.provideEffect(GivenPassword, (input) => readPassword(input)),
  Command.provideEffect(NewAccountFlags, (flags) => checkNewAccount(flags))
)
