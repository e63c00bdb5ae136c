import { Effect } from "effect"
import { Command } from "effect/cli"
import { ChallengeKeys } from "../../../domain/challenges/ChallengeKeys.ts"
import { services } from "../kit/CommandLayers.ts"
import { confirm, ensureConfirmable, yesFlag } from "../kit/Confirmation.ts"
import { plural, printResult } from "../kit/Output.ts"

export const endChallenges = Command.make("end-challenges", { yes: yesFlag() }).pipe(
  Command.withDescription(
    "Ends the codes and links in mails that were derived from signing keys which IDENTITY_SIGNING_KEYS doesn't have " +
      "any more. Nobody could answer with them, and a server doesn't start while there are any. People have to ask " +
      "for new ones."
  ),
  Command.withShortDescription("Ends codes and links of retired signing keys"),
  Command.withHandler(Effect.fnUntraced(function*({ yes }) {
    const keys = yield* ChallengeKeys
    yield* confirm({ yes, question: "End all codes and links of signing keys that are not configured?" })
    const count = yield* keys.endMissing
    yield* printResult({
      json: { challenges_ended: count },
      text: `Ended ${plural(count, "code")} with ${count === 1 ? "its link" : "their links"}.`,
      quiet: String(count)
    })
  })),
  Command.provide(services),
  Command.provideEffectDiscard((input) => ensureConfirmable(input))
)
