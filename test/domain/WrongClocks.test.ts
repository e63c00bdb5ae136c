/**
 * Two nodes over one memory store, one of them with a wrong clock. The store's clock decides about what they share.
 */
import { assert, layer } from "@effect/vitest"
import { DateTime, Duration, Effect, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import { IdempotencyKey } from "../../src/domain/model/Idempotency.ts"
import { BulkRevocation } from "../../src/domain/sessions/BulkRevocation.ts"
import { SessionPolicy } from "../../src/domain/sessions/SessionPolicy.ts"
import { Housekeeping } from "../../src/domain/upkeep/Housekeeping.ts"
import { Leases } from "../../src/ports/Leases.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { aNode, wrongBy } from "../support/machines.ts"
import { isAccepted, signedIn, signIn, signUp } from "../support/people.ts"
import { memoryStores } from "../support/stores.ts"

const prune = Effect.flatMap(Housekeeping, (housekeeping) => housekeeping.prune(() => Effect.void))

layer(memoryStores)("beside a node whose clock is wrong", (it) => {
  it.effect.each(wrongBy)(
    "[P14] [F8] sessions end when they should, on both: %s",
    ([, aheadMillis]) =>
      Effect.gen(function*() {
        const [right, wrong] = [yield* aNode(0), yield* aNode(aheadMillis)]
        const { idleTimeout } = yield* SessionPolicy
        const here = yield* right(signedIn)
        const there = yield* wrong(signedIn)
        const verdicts = Effect.forEach(
          [right, wrong],
          (on) => Effect.forEach([here, there], (it) => on(isAccepted(it.token)))
        )
        assert.deepStrictEqual(yield* verdicts, [[true, true], [true, true]])
        yield* TestClock.adjust(Duration.subtract(idleTimeout, Duration.millis(1)))
        const store = yield* SessionStore
        assert.isTrue(Option.isSome(yield* store.findSession(here.session.id)))
        assert.isTrue(yield* wrong(isAccepted(here.token)))
        yield* TestClock.adjust(idleTimeout)
        assert.deepStrictEqual(yield* verdicts, [[false, false], [false, false]])
      })
  )

  it.effect.each(wrongBy)(
    "[P14] [F8] it prunes nothing, by itself or when told, and takes no lease: %s",
    ([, ahead]) =>
      Effect.gen(function*() {
        const [right, wrong] = [yield* aNode(0), yield* aNode(ahead)]
        const leases = yield* Leases
        const store = yield* SessionStore
        const { session } = yield* right(signedIn)
        const now = yield* DateTime.now
        const until = DateTime.addDuration(now, "1 hour")
        assert.isTrue(yield* leases.acquire({ name: "house-keeping", holder: "another node", now, until }))
        const server = yield* Effect.forkChild(wrong(Effect.flatMap(Housekeeping, ({ run }) => run)))
        yield* TestClock.adjust("20 minutes")
        yield* Fiber.interrupt(server)
        const refused = yield* Effect.flip(wrong(prune))
        assert.strictEqual(refused._tag, "ClockTooFarOff")
        assert.isTrue(Option.isSome(yield* store.findSession(session.id)))
        assert.isTrue(yield* leases.acquire({ name: "house-keeping", holder: "another node", now: until, until }))
        yield* leases.release({ name: "house-keeping", holder: "another node" })
        yield* right(prune)
        assert.isTrue(yield* right(isAccepted((yield* right(signedIn)).token)))
      })
  )

  it.effect.each(wrongBy)(
    "[P14] idempotency keys hold, and guesses wait no longer: %s",
    ([, ahead]) =>
      Effect.gen(function*() {
        const [right, wrong] = [yield* aNode(0), yield* aNode(ahead)]
        const account = yield* right(signUp())
        const idempotencyKey = IdempotencyKey.make(`sign-in-${account.id}`)
        const first = yield* right(signIn(account.email, undefined, { idempotencyKey }))
        const again = yield* wrong(signIn(account.email, undefined, { idempotencyKey }))
        assert.strictEqual(again.session.id, first.session.id)
        const guess = Effect.flip(signIn(account.email, "a wrong guess"))
        const waits = [right, wrong, right].map((on) =>
          Effect.repeat(on(guess), { until: ({ _tag }) => _tag === "TooManyAttempts", times: 100 }).pipe(
            Effect.map((error) => error._tag === "TooManyAttempts" ? Duration.toMillis(error.retryAfter) : 0)
          )
        )
        const [here, there, hereAgain] = yield* Effect.all(waits)
        assert.isAtLeast(here ?? 0, 1)
        assert.deepStrictEqual([there, hereAgain], [here, here])
      })
  )

  it.effect("[P14] an instant that was computed there ends nobody's sessions", () =>
    Effect.gen(function*() {
      const [right, wrong] = [yield* aNode(0), yield* aNode(40 * 86_400_000)]
      const { account, token } = yield* right(signedIn)
      const createdBefore = DateTime.addDuration(yield* DateTime.now, "39 days")
      const revoke = Effect.flatMap(BulkRevocation, (revocation) =>
        revocation.revoke({ createdBefore }, Option.some(account.id), () => Effect.void))
      assert.strictEqual((yield* Effect.flip(wrong(revoke)))._tag, "ClockTooFarOff")
      assert.isTrue(yield* right(isAccepted(token)))
      assert.strictEqual((yield* right(revoke)).sessions, 1)
    }))
})
