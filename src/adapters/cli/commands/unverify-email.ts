import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { describeAccount } from "../kit/AccountOutput.ts"
import { accountArgument } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const unverifyEmail = Command.make("unverify-email", { account: accountArgument }).pipe(
  Command.withDescription(
    "Withdraws that the email of an account is its holder's, so that they have to show it again."
  ),
  Command.withShortDescription("Withdraws that an account's email is its holder's"),
  Command.withExamples([{ command: "identity unverify-email ada@example.com" }]),
  Command.withHandler(Effect.fnUntraced(function*({ account }) {
    const accounts = yield* Accounts
    const unverified = yield* accounts.setEmailVerified(account, false)
    yield* printResult(yield* describeAccount(unverified))
    yield* printNote(`${unverified.email} is not verified any more.`)
  })),
  Command.provide(services)
)
