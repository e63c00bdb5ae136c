import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { AuditReview } from "../../../src/domain/audit/AuditReview.ts"
import { AttemptPolicy } from "../../../src/domain/limits/AttemptPolicy.ts"
import { BulkRevocation } from "../../../src/domain/sessions/BulkRevocation.ts"
import { Housekeeping } from "../../../src/domain/upkeep/Housekeeping.ts"
import { signedIn } from "../../support/people.ts"
import type { Driven } from "./TestCommandLine.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

/** Attempts are spread over counts by chance; without limits there are none to prune. */
const unlimited = Layer.succeed(AttemptPolicy, "unlimited")

/** The same services on a slow machine: every step takes a while. */
const slowly = (duration: "900 millis" | "2 seconds") => {
  const step = <A, E>(progress: (reached: A) => Effect.Effect<void, E>) => (reached: A) =>
    Effect.andThen(TestClock.adjust(duration), progress(reached))
  return (quick: Layer.Layer<Driven>): Layer.Layer<Driven> => {
    const slow = Layer.mergeAll(
      Layer.effect(
        Housekeeping,
        Effect.map(
          Housekeeping,
          (real) => Housekeeping.of({ ...real, prune: (progress) => real.prune(step(progress)) })
        )
      ),
      Layer.effect(
        AuditReview,
        Effect.map(
          AuditReview,
          (real) => AuditReview.of({ ...real, verify: (progress) => real.verify(step(progress)) })
        )
      ),
      Layer.effect(
        BulkRevocation,
        Effect.map(BulkRevocation, (real) =>
          BulkRevocation.of({
            count: (filter, accountId, progress) => real.count(filter, accountId, step(progress)),
            revoke: (filter, accountId, progress) => real.revoke(filter, accountId, step(progress))
          }))
      )
    )
    return Layer.provideMerge(slow, quick)
  }
}

const commands: ReadonlyArray<readonly [args: ReadonlyArray<string>, told: ReadonlyArray<string>]> = [
  [["prune"], [
    "… 0 ended sessions, 0 expired idempotency keys and 0 counts of old attempts",
    "… 0 ended sessions, 0 expired idempotency keys and 0 counts of old attempts",
    "… 0 ended sessions, 0 expired idempotency keys and 0 counts of old attempts",
    "… 0 ended sessions, 0 expired idempotency keys and 0 counts of old attempts",
    "… 0 ended sessions, 0 expired idempotency keys and 0 counts of old attempts"
  ]],
  [["audit-log", "--verify"], ["… Verified 4 entries"]],
  [["revoke-sessions", "--all-accounts", "--dry-run"], ["… 2 sessions of 2 accounts"]],
  [["revoke-sessions", "--all-accounts", "--yes"], ["… 2 sessions of 2 accounts"]]
]

describe("progress", () => {
  it.effect.each(commands)(
    "of %j is told on a terminal when it takes longer than a second",
    ([args, told]) =>
      Effect.gen(function*() {
        const { run } = yield* CommandLine
        yield* Effect.all([signedIn, signedIn])
        const { exitCode, stderr } = yield* run(args, { typed: "" })
        assert.deepStrictEqual([exitCode, stderr.split("\n")], [0, told])
      }).pipe(Effect.provide(layer({}, { slowed: slowly("2 seconds") }).pipe(Layer.provide(unlimited))))
  )

  it.effect.each(commands)(
    "of %j is no one's business without a terminal or with --quiet",
    ([args]) =>
      Effect.gen(function*() {
        const { run } = yield* CommandLine
        assert.strictEqual((yield* run(args)).stderr, "")
        assert.strictEqual((yield* run([...args, "--quiet"], { typed: "" })).stderr, "")
      }).pipe(Effect.provide(layer({}, { slowed: slowly("2 seconds") })))
  )

  it.effect("is told at most once a second", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      yield* Effect.all([signedIn, signedIn])
      const { stderr } = yield* run(["prune", "--json"], { typed: "" })
      assert.strictEqual(stderr.split("\n").length, 2)
    }).pipe(Effect.provide(layer({}, { slowed: slowly("900 millis") }).pipe(Layer.provide(unlimited)))))

  it.effect("of a database that takes its time to start is told once", () =>
    Effect.gen(function*() {
      const { run } = yield* CommandLine
      const { stderr } = yield* run(["list-accounts", "--quiet"], { typed: "" })
      assert.strictEqual(stderr, "")
      const told = yield* run(["list-accounts"], { typed: "" })
      assert.deepStrictEqual(told.stderr.split("\n"), ["… Opening the database", "There are no accounts yet."])
    }).pipe(Effect.provide(layer({}, {
      slowed: (quick) => Layer.unwrap(Effect.as(TestClock.adjust("3 seconds"), quick))
    }))))
})
