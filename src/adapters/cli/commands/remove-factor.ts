import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { Factors } from "../../../domain/enrolments/Factors.ts"
import type { Account } from "../../../domain/model/Account.ts"
import { FactorId } from "../../../domain/model/Factor.ts"
import { FactorNotFound } from "../../../domain/model/IdentityErrors.ts"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"
import { accountArgument, decoding, switchFlag } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { confirm, ensureConfirmable, yesFlag } from "../kit/Confirmation.ts"
import { describeFactors } from "../kit/FactorOutput.ts"
import { wrongUsage } from "../kit/Failure.ts"
import { plural, printNote, printResult } from "../kit/Output.ts"

export const removeFactor = Command.make("remove-factor", {
  account: accountArgument,
  factor: Flag.String("factor").pipe(
    Flag.withDescription("The factor to remove, by its id"),
    Flag.mapEffect(decoding("--factor", FactorId)),
    Flag.optional
  ),
  all: switchFlag("all", "Remove all factors of the account"),
  yes: yesFlag()
}).pipe(
  Command.withDescription(
    "Removes a second factor of an account, or all of them, for somebody who has lost theirs, and prints what was " +
      "removed. From then on the password alone signs in, or the factors that are left. The holder is told by mail. " +
      "Make sure who asks: a recovery doesn't get around second factors, but this does."
  ),
  Command.withShortDescription("Removes an account's second factors"),
  Command.withExamples([
    { command: "identity remove-factor ada@example.com --factor fct_5m0tq1q8w3kz7v9x2c4b6n8a0" },
    { command: "identity remove-factor ada@example.com --all --yes", description: "Without a terminal" }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ account, all, factor, yes }) {
    const factors = yield* Factors
    const owner = yield* (yield* Accounts).get(account)
    const chosen = Option.getOrElse(factor, () => "all" as const)
    const found = (yield* factors.list(owner.id)).filter(({ id }) => all || id === chosen)
    if (found.length === 0) return yield* all ? noFactors(owner) : new FactorNotFound()
    const what = found.map(({ name, type }) => `${name} (${type})`).join(", ")
    yield* confirm({ yes, question: `Remove ${what} of ${owner.email}?` })
    const removed = yield* factors.removeAny(owner, chosen)
    yield* printResult(describeFactors(removed))
    yield* printNote(`Removed ${plural(removed.length, "factor")} of ${owner.email}.`)
  })),
  Command.provide(services),
  Command.provideEffectDiscard(Effect.fnUntraced(function*(input) {
    if (Option.isSome(input.factor) === input.all) {
      return yield* wrongUsage("Give --factor with an id, or else --all: one of the two.")
    }
    yield* ensureConfirmable(input)
  }))
)

const noFactors = ({ email }: Account) =>
  new CommandFailed({ exitCode: 3, code: "factor-not-found", message: `${email} has no second factors.` })
