/**
 * The contract of leases: at most one holder at a time, and none for longer than it asked for.
 */
import { assert, layer } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import type { Layer } from "effect"
import { Leases } from "../../src/ports/Leases.ts"
import { START } from "../support/builders.ts"

const until = DateTime.addDuration(START, "1 minute")

export const leasesContract = <E>(name: string, leases: Layer.Layer<Leases, E>): void => {
  layer(leases)(`${name} leases`, (it) => {
    it.effect("of many that try at the same time one gets the lease", () =>
      Effect.gen(function*() {
        const leases = yield* Leases
        const answers = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, index) => `holder-${index}`),
          (holder) => leases.acquire({ name: "race", holder, now: START, until }),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(answers.filter((acquired) => acquired).length, 1)
      }))

    it.effect("a holder prolongs its lease; others get it when it ends, not before", () =>
      Effect.gen(function*() {
        const leases = yield* Leases
        const name = "prolonged"
        const later = DateTime.addDuration(until, "1 minute")
        assert.isTrue(yield* leases.acquire({ name, holder: "a", now: START, until }))
        assert.isTrue(yield* leases.acquire({ name, holder: "a", now: START, until: later }))
        assert.isFalse(yield* leases.acquire({ name, holder: "b", now: until, until: later }))
        assert.isTrue(yield* leases.acquire({ name, holder: "b", now: later, until: later }))
      }))

    it.effect("a lease is given back by its holder only", () =>
      Effect.gen(function*() {
        const leases = yield* Leases
        const name = "given-back"
        yield* leases.acquire({ name, holder: "a", now: START, until })
        yield* leases.release({ name, holder: "b" })
        assert.isFalse(yield* leases.acquire({ name, holder: "b", now: START, until }))
        yield* leases.release({ name, holder: "a" })
        assert.isTrue(yield* leases.acquire({ name, holder: "b", now: START, until }))
      }))
  })
}
