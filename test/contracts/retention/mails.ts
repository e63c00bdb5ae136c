import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { Outbox } from "../../../src/ports/Outbox.ts"
import { Retention } from "../../../src/ports/Retention.ts"
import type { Store } from "../../../src/ports/Stores.ts"
import { after, attempted, newDay, queued } from "../outbox/waiting.ts"

export const mailPruningPromises = (it: Vitest.MethodsNonLive<Retention | Store>): void => {
  it.effect("mails that have stopped waiting by then are pruned in steps, and no others", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox
      const { prune } = yield* Retention
      const now = newDay()
      const later = after(now, "1 milli")
      yield* outbox.expire({ now, limit: 1000 })
      while ((yield* prune("mails", { asOf: now, limit: 100 })) > 0);
      const sent = yield* attempted(now, { _tag: "Sent" })
      const refused = yield* attempted(now, { _tag: "Refused", reason: "550" })
      const young = yield* attempted(later, { _tag: "Sent" })
      const expired = yield* queued(now, { giveUpAt: now })
      const waiting = yield* queued(now, { giveUpAt: DateTime.addDuration(now, "9 days") })
      yield* outbox.expire({ now, limit: 10 })
      const counts = yield* Effect.forEach([1, 1, 1, 1], (limit) => prune("mails", { asOf: now, limit }))
      assert.deepStrictEqual(counts, [1, 1, 1, 0])
      const found = yield* Effect.forEach([sent, refused, expired, young, waiting], ({ id }) => outbox.find(id))
      assert.deepStrictEqual(found.map(Option.isSome), [false, false, false, true, true])
    }))
}
