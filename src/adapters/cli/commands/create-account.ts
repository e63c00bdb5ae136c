import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { EmailAlreadyExists } from "../../../domain/model/IdentityErrors.ts"
import { describeAccount } from "../kit/AccountOutput.ts"
import { services } from "../kit/CommandLayers.ts"
import { printNote, printResult } from "../kit/Output.ts"
import { givenOrAsked, GivenPassword, readPassword } from "../kit/PasswordInput.ts"
import { newAccountFlags, NewAccountValues, readNewAccount } from "../NewAccount.ts"

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
    const { displayName, email } = yield* NewAccountValues
    const isFree = Effect.matchEffect(accounts.get(email), {
      onSuccess: () => new EmailAlreadyExists(),
      onFailure: (error) => error._tag === "AccountNotFound" ? Effect.void : Effect.fail(error)
    })
    const password = yield* givenOrAsked(isFree)
    const account = yield* accounts.create({ displayName, email, password }).pipe(
      // Commands have no idempotency key.
      Effect.catchTags({ RequestInProgress: Effect.die, IdempotencyKeyReused: Effect.die })
    )
    yield* printResult(describeAccount(account))
    yield* printNote(`Created the account of ${account.email}.`)
  })),
  Command.provide(services),
  // Outermost, so that nothing starts before the values are valid or there is somebody to ask.
  Command.provideEffect(GivenPassword, (input) => readPassword(input)),
  Command.provideEffect(NewAccountValues, (flags) => readNewAccount(flags))
)
