import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/services/Accounts.ts"
import { describeAccount } from "../AccountOutput.ts"
import { confirm, yesFlag } from "../Confirmation.ts"
import { services } from "../Drives.ts"
import { answer } from "../Output.ts"
import { accountArgument } from "../Values.ts"

export const disableAccount = Command.make("disable-account", { account: accountArgument, yes: yesFlag }).pipe(
  Command.withDescription("Ends all sessions of an account and refuses to sign it in until it is enabled again."),
  Command.withShortDescription("Ends an account's sessions and its right to sign in"),
  Command.withHandler(Effect.fnUntraced(function*({ account }) {
    const accounts = yield* Accounts
    yield* answer(describeAccount(yield* accounts.disable(account)))
  })),
  Command.provide(services),
  Command.provideEffectDiscard(({ account, yes }) =>
    confirm({ yes, question: `Disable ${account} and end all of its sessions?` })
  )
)
