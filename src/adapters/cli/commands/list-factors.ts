import { Effect } from "effect"
import { Command } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { Factors } from "../../../domain/enrolments/Factors.ts"
import { accountArgument } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { describeFactors } from "../kit/FactorOutput.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const listFactors = Command.make("list-factors", { account: accountArgument }).pipe(
  Command.withDescription("Lists the second factors of an account, oldest first. Their secrets can't be shown."),
  Command.withShortDescription("Lists an account's second factors"),
  Command.withHandler(Effect.fnUntraced(function*({ account }) {
    const { id } = yield* (yield* Accounts).get(account)
    const factors = yield* (yield* Factors).list(id)
    yield* printResult(describeFactors(factors))
    yield* printNote(factors.length === 0 ? "The account has no second factor." : "")
  })),
  Command.provide(services)
)
