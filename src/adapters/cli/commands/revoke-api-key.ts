import { Effect } from "effect"
import { Command } from "effect/cli"
import { ApiKeys } from "../../../domain/admin/ApiKeys.ts"
import { apiKeyArgument } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { confirm, ensureConfirmable, yesFlag } from "../kit/Confirmation.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const revokeApiKey = Command.make("revoke-api-key", { id: apiKeyArgument, yes: yesFlag() }).pipe(
  Command.withDescription("Ends an API key at once, on every server."),
  Command.withShortDescription("Ends an API key"),
  Command.withExamples([{ command: "identity revoke-api-key key_02qo8ey96xw3vwzfm9q0jk5tc" }]),
  Command.withHandler(Effect.fnUntraced(function*({ id, yes }) {
    const keys = yield* ApiKeys
    yield* confirm({ yes, question: `End the API key ${id}?` })
    yield* keys.revoke(id)
    yield* printResult({ json: { id, revoked: true }, text: "", quiet: id })
    yield* printNote(`Ended the API key ${id}.`)
  })),
  Command.provide(services),
  Command.provideEffectDiscard((input) => ensureConfirmable(input))
)
