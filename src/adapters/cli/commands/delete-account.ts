import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/services/Accounts.ts"
import { describeAccount } from "../AccountOutput.ts"
import { confirm, yesFlag } from "../Confirmation.ts"
import { services } from "../Drives.ts"
import { answer, note } from "../Output.ts"
import { accountArgument } from "../Values.ts"

export const deleteAccount = Command.make("delete-account", { account: accountArgument, yes: yesFlag }).pipe(
  Command.withDescription(
    "Removes an account with its password and sessions, and prints it as it was. Its email is free at once. What the " +
      "audit log says of it stays, which is no personal data."
  ),
  Command.withShortDescription("Removes an account and its sessions"),
  Command.withExamples([
    { command: "identity delete-account ada@example.com" },
    { command: "identity delete-account ada@example.com --yes --json", description: "Without a terminal" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ account }) {
    const accounts = yield* Accounts
    yield* answer(describeAccount(yield* accounts.delete(account)))
    yield* note("The account is gone.")
  })),
  Command.provide(services),
  Command.provideEffectDiscard(({ account, yes }) =>
    confirm({ yes, question: `Delete ${account} and end all of its sessions? It can't be brought back.` })
  )
)
