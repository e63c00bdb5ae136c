import { Effect } from "effect"
import { Command } from "effect/cli"
import { Sessions } from "../../../domain/services/Sessions.ts"
import { services } from "../Drives.ts"
import { answer } from "../Output.ts"

export const prune = Command.make("prune").pipe(
  Command.withDescription(
    "Removes what nobody can use any more: sessions that are over. A running server does this by itself."
  ),
  Command.withShortDescription("Removes sessions that are over"),
  Command.withHandler(Effect.fnUntraced(function*() {
    const sessions = yield* Sessions
    const count = yield* sessions.prune
    yield* answer({
      json: { sessions_removed: count },
      text: `Removed ${count} ${count === 1 ? "session" : "sessions"} that ${count === 1 ? "was" : "were"} over.`,
      quiet: String(count)
    })
  })),
  Command.provide(services)
)
