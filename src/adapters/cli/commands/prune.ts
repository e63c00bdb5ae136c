import { Effect } from "effect"
import { Command } from "effect/cli"
import { HouseKeeping } from "../../../domain/services/HouseKeeping.ts"
import type { Pruned } from "../../../domain/services/HouseKeeping.ts"
import { services } from "../Drives.ts"
import { answer, plural } from "../Output.ts"
import { makeProgress } from "../Progress.ts"

export const prune = Command.make("prune").pipe(
  Command.withDescription(
    "Removes what nobody can use any more: sessions that are over and expired idempotency keys. A running server does " +
      "this by itself."
  ),
  Command.withShortDescription("Removes what is over"),
  Command.withHandler(Effect.fnUntraced(function*() {
    const houseKeeping = yield* HouseKeeping
    const progress = yield* makeProgress(({ idempotencyKeys, sessions }: Pruned) => describe(sessions, idempotencyKeys))
    const { idempotencyKeys, sessions } = yield* houseKeeping.prune(progress)
    yield* answer({
      json: { sessions_removed: sessions, idempotency_keys_removed: idempotencyKeys },
      text: `Removed ${describe(sessions, idempotencyKeys)}.`,
      quiet: String(sessions + idempotencyKeys)
    })
  })),
  Command.provide(services)
)

const describe = (sessions: number, idempotencyKeys: number): string =>
  `${plural(sessions, "session")} that ${sessions === 1 ? "was" : "were"} over and ${
    plural(idempotencyKeys, "expired idempotency key")
  }`
