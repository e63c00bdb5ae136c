import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { describeAccount } from "../kit/AccountOutput.ts"
import { accountArgument } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { confirm, ensureConfirmable, yesFlag } from "../kit/Confirmation.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const deleteAccount = Command.make("delete-account", { account: accountArgument, yes: yesFlag() }).pipe(
  Command.withDescription(
    "Removes an account with its password and sessions, and prints it as it was. Its email can be used again at " +
      "once. Its audit entries are kept; they contain no personal data."
  ),
  Command.withShortDescription("Removes an account and its sessions"),
  Command.withExamples([
    { command: "identity delete-account ada@example.com" },
    { command: "identity delete-account ada@example.com --yes --json", description: "Without a terminal" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ account, yes }) {
    const accounts = yield* Accounts
    const { email, id } = yield* accounts.get(account)
    yield* confirm({ yes, question: `Delete ${email} and end all of its sessions? It can't be brought back.` })
    yield* printResult(yield* describeAccount(yield* accounts.delete(id)))
    yield* printNote(`Deleted ${email}.`)
  })),
  Command.provide(services),
  Command.provideEffectDiscard((input) => ensureConfirmable(input))
)
