import { Effect, Option } from "effect"
import { Command } from "effect/cli"
import { KEEP_OLD_DEFAULT, KEEP_OLD_MAX } from "../../../domain/admin/ApiKeyPolicy.ts"
import { ApiKeys } from "../../../domain/admin/ApiKeys.ts"
import { instantText } from "../../../kernel/InstantText.ts"
import { TimeSpan } from "../../../kernel/TimeSpan.ts"
import { describeIssued } from "../kit/ApiKeyOutput.ts"
import { apiKeyArgument, optionalFlag } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const rollApiKey = Command.make("roll-api-key", {
  id: apiKeyArgument,
  keepOldFor: optionalFlag(
    "keep-old-for",
    "DURATION",
    "How long the old secret stays good, from 0s to 30d (default 1h)",
    TimeSpan({ min: "0 seconds", max: KEEP_OLD_MAX })
  )
}).pipe(
  Command.withDescription(
    "Gives an API key a new secret and prints it. The key is then good for as long as it was when it was made. Give " +
      "the program the new secret while the old one is still good."
  ),
  Command.withShortDescription("Gives an API key a new secret"),
  Command.withExamples([
    { command: "identity roll-api-key key_02qo8ey96xw3vwzfm9q0jk5tc --keep-old-for 1d" },
    {
      command: "identity roll-api-key key_02qo8ey96xw3vwzfm9q0jk5tc --keep-old-for 0s",
      description: "When somebody else has seen the secret"
    }
  ]),
  Command.withHandler(Effect.fnUntraced(function*({ id, keepOldFor }) {
    const keys = yield* ApiKeys
    const issued = yield* keys.roll(id, Option.getOrElse(keepOldFor, () => KEEP_OLD_DEFAULT))
    yield* printResult(describeIssued(issued))
    const { previousUntil } = issued.apiKey
    const kept = previousUntil === undefined ? "" : ` The old one is good until ${instantText(previousUntil)}.`
    yield* printNote(`Keep the key now: it is not shown again.${kept}`)
  })),
  Command.provide(services)
)
