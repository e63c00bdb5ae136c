import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { describeAccount } from "../kit/AccountOutput.ts"
import { accountArgument } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { confirm, ensureConfirmable, yesFlag } from "../kit/Confirmation.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const disableAccount = Command.make("disable-account", { account: accountArgument, yes: yesFlag() }).pipe(
  Command.withDescription("Ends all sessions of an account. Nobody can sign in to it until it is enabled again."),
  Command.withShortDescription("Ends an account's sessions and stops it from signing in"),
  Command.withExamples([
    { command: "identity disable-account ada@example.com" },
    { command: "identity disable-account ada@example.com --yes --json", description: "Without a terminal" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ account, yes }) {
    const accounts = yield* Accounts
    const { email, id, status } = yield* accounts.get(account)
    const isDisabled = status === "disabled"
    if (!isDisabled) yield* confirm({ yes, question: `Disable ${email} and end all of its sessions?` })
    yield* printResult(yield* describeAccount(yield* accounts.disable(id)))
    yield* printNote(isDisabled ? `${email} was disabled already.` : `Disabled ${email}. Its sessions have ended.`)
  })),
  Command.provide(services),
  Command.provideEffectDiscard((input) => ensureConfirmable(input))
)
