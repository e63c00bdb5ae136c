import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { describeAccount } from "../kit/AccountOutput.ts"
import { accountArgument } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const verifyEmail = Command.make("verify-email", { account: accountArgument }).pipe(
  Command.withDescription(
    "Notes that the email of an account is its holder's. It is for operators who know that from elsewhere."
  ),
  Command.withShortDescription("Notes that an account's email is its holder's"),
  Command.withExamples([{ command: "identity verify-email ada@example.com" }]),
  Command.withHandler(Effect.fnUntraced(function*({ account }) {
    const accounts = yield* Accounts
    const verified = yield* accounts.setEmailVerified(account, true)
    yield* printResult(yield* describeAccount(verified))
    yield* printNote(`${verified.email} is verified.`)
  })),
  Command.provide(services)
)
