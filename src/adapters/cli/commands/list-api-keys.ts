import { Effect } from "effect"
import { Command } from "effect/cli"
import { ApiKeys } from "../../../domain/admin/ApiKeys.ts"
import { describeApiKeys } from "../kit/ApiKeyOutput.ts"
import { followPages, pageFlags, pageNote } from "../kit/Arguments.ts"
import { services } from "../kit/CommandLayers.ts"
import { printNote, printResult } from "../kit/Output.ts"

export const listApiKeys = Command.make("list-api-keys", pageFlags).pipe(
  Command.withDescription(
    "Lists API keys in the order of their creation, expired ones included, without their secrets."
  ),
  Command.withShortDescription("Lists API keys"),
  Command.withHandler(Effect.fnUntraced(function*({ after, limit }) {
    const keys = yield* ApiKeys
    const page = yield* followPages({ limit, after }, keys.list)
    yield* printResult(describeApiKeys(page))
    yield* printNote(pageNote("API keys", page, [after]))
  })),
  Command.provide(services)
)
