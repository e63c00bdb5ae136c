import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { DisplayName } from "../../../domain/model/Account.ts"
import { Email } from "../../../domain/model/Email.ts"
import { Accounts } from "../../../domain/services/Accounts.ts"
import { describeAccount } from "../AccountOutput.ts"
import { services } from "../Drives.ts"
import { answer } from "../Output.ts"
import { choosePassword, ChosenPassword, passwordFlags } from "../Secrets.ts"
import { decoding } from "../Values.ts"

export const createAccount = Command.make("create-account", {
  email: Flag.String("email").pipe(
    Flag.withDescription("The account's email"),
    Flag.withMetavar("EMAIL"),
    Flag.mapEffect(decoding("--email", Email))
  ),
  displayName: Flag.String("display-name").pipe(
    Flag.withDescription("What people are shown"),
    Flag.withMetavar("NAME"),
    Flag.mapEffect(decoding("--display-name", DisplayName))
  ),
  ...passwordFlags
}).pipe(
  Command.withDescription("Creates an account and prints it. On a terminal it asks for the password."),
  Command.withShortDescription("Creates an account"),
  Command.withExamples([
    { command: "identity create-account --email ada@example.com --display-name \"Ada Lovelace\"" },
    {
      command: "identity create-account --email ada@example.com --display-name Ada --password-file ./password",
      description: "Without a terminal"
    }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ displayName, email }) {
    const accounts = yield* Accounts
    const password = yield* ChosenPassword
    const account = yield* accounts.create({ displayName, email, password }).pipe(
      // A command has no idempotency key.
      Effect.catchTags({ RequestInProgress: Effect.die, IdempotencyKeyReused: Effect.die })
    )
    yield* answer(describeAccount(account))
  })),
  Command.provide(services),
  // Outermost, so that nothing is started before there is a password that could be accepted.
  Command.provideEffect(ChosenPassword, (input) => choosePassword(input))
)
