/** `verify-email` and `unverify-email`. */
import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { describeAccount } from "../kit/AccountOutput.ts"
import { accountArgument } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { printNote, printResult } from "../kit/Output.ts"

/** Notes whether the email is the holder's, and says so. */
const noting = <const Name extends string>(name: Name, isVerified: boolean, outcome: string) =>
  Command.make(name, { account: accountArgument }).pipe(
    Command.withExamples([{ command: `identity ${name} ada@example.com` }]),
    Command.withHandler(Effect.fnUntraced(function*({ account }) {
      const accounts = yield* Accounts
      const changed = yield* accounts.setEmailVerified(account, isVerified)
      yield* printResult(yield* describeAccount(changed))
      yield* printNote(`${changed.email} ${outcome}`)
    })),
    Command.provide(services)
  )

export const verifyEmail = noting("verify-email", true, "is verified.").pipe(
  Command.withDescription(
    "Notes that the email of an account is its holder's. It is for operators who know that from elsewhere."
  ),
  Command.withShortDescription("Notes that an account's email is its holder's")
)

export const unverifyEmail = noting("unverify-email", false, "is not verified any more.").pipe(
  Command.withDescription(
    "Withdraws that the email of an account is its holder's, so that they have to show it again."
  ),
  Command.withShortDescription("Withdraws that an account's email is its holder's")
)
