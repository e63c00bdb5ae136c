import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { IdempotencyStore } from "../../../src/ports/IdempotencyStore.ts"
import { Retention } from "../../../src/ports/Retention.ts"
import { START } from "../../support/builders.ts"
import { aClaim, aKey } from "../idempotency-store/claims.ts"

export const keyPruningPromises = (it: Vitest.MethodsNonLive<IdempotencyStore | Retention>): void => {
  it.effect("a record that expired, done or not, is pruned in steps", () =>
    Effect.gen(function*() {
      const requests = yield* IdempotencyStore
      const retention = yield* Retention
      const later = DateTime.addDuration(START, "1 day")
      while ((yield* retention.prune("idempotencyKeys", { asOf: later, limit: 100 })) > 0);
      const keys = [aKey(), aKey(), aKey()]
      for (const key of keys) yield* requests.claim(aClaim(key))
      const [first = ""] = keys
      assert.strictEqual((yield* requests.claim(aClaim(first, "again", later)))._tag, "Claimed")
      const pruned = []
      for (let step = 0; step < 3; step++) {
        pruned.push(yield* retention.prune("idempotencyKeys", { asOf: later, limit: 1 }))
      }
      assert.deepStrictEqual(pruned, [1, 1, 0])
      assert.strictEqual((yield* requests.claim(aClaim(first, "third", later)))._tag, "Running")
    }))
}
