import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { Directory } from "../../../src/ports/Directory.ts"
import type { Store } from "../../../src/ports/Stores.ts"
import { signedUp } from "../session-store/signed-in.ts"

export const estimatePromises = (it: Vitest.MethodsNonLive<Directory | Store>): void => {
  it.effect("there is an estimate of every kind of record, and none is negative", () =>
    Effect.gen(function*() {
      yield* signedUp()
      const estimates = yield* (yield* Directory).estimate
      assert.sameMembers(Object.keys(estimates), [
        "account",
        "attempt-budget",
        "audit-entry",
        "challenge",
        "idempotency-key",
        "mail",
        "session"
      ])
      for (const [kind, estimate] of Object.entries(estimates)) assert.isAtLeast(estimate, 0, kind)
    }))
}
