import { assert, layer } from "@effect/vitest"
import { DateTime, Duration, Effect, Fiber, Layer, Logger, Option } from "effect"
import { TestClock } from "effect/testing"
import { AuditRetention } from "../../src/domain/audit/AuditRetention.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import { Housekeeping } from "../../src/domain/upkeep/Housekeeping.ts"
import { IdempotencyStore } from "../../src/ports/IdempotencyStore.ts"
import { IdGenerator } from "../../src/ports/IdGenerator.ts"
import { Leases } from "../../src/ports/Leases.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { aSessionId } from "../support/builders.ts"
import { isAccepted, signedIn, signIn } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const silent = () => Effect.void

layer(TestServices.layer)("house-keeping", (it) => {
  it.effect("what is over is forgotten, however it ended, and nothing else", () =>
    Effect.gen(function*() {
      const housekeeping = yield* Housekeeping
      const sessions = yield* Sessions
      const requests = yield* IdempotencyStore
      yield* housekeeping.prune(silent)
      const now = yield* DateTime.now
      const claim = { owner: "owner", fingerprint: "", now, claimedUntil: now }
      yield* requests.claim({ ...claim, key: aSessionId(), expiresAt: now })
      yield* requests.claim({ ...claim, key: aSessionId(), expiresAt: DateTime.addDuration(now, "1 hour") })
      const { account } = yield* signedIn
      yield* sessions.revokeAll(account.id)
      const live = yield* signIn(account.email)
      const { guessBudgets, ...others } = yield* housekeeping.prune(silent)
      assert.deepStrictEqual(others, { sessions: 1, idempotencyKeys: 1, challenges: 0, mails: 0, auditEntries: 0 })
      // Two of the email, and one or two of the counters that share the limit of the service.
      assert.include([3, 4], guessBudgets)
      assert.deepStrictEqual(yield* housekeeping.prune(silent), {
        sessions: 0,
        idempotencyKeys: 0,
        guessBudgets: 0,
        challenges: 0,
        mails: 0,
        auditEntries: 0
      })
      assert.isTrue(yield* isAccepted(live.token))
    }))

  it.effect("entries of the audit log are kept for ever, or as long as somebody says", () =>
    Effect.gen(function*() {
      const review = yield* AuditReview
      const pruneWith = (retention: Duration.Duration | undefined) =>
        Effect.flatMap(Housekeeping, ({ prune }) => prune(silent)).pipe(
          Effect.provide(
            Layer.fresh(Housekeeping.layer).pipe(
              Layer.provide(Layer.mock(IdGenerator, { holderId: Effect.succeed("holder") }))
            )
          ),
          Effect.provideService(AuditRetention, retention),
          Effect.map(({ auditEntries }) => auditEntries)
        )
      yield* signedIn
      const { entries } = yield* review.verify(silent)
      yield* TestClock.adjust("100 days")
      yield* signedIn
      assert.strictEqual(yield* pruneWith(undefined), 0)
      assert.strictEqual(yield* pruneWith(Duration.days(101)), 0)
      assert.strictEqual(yield* pruneWith(Duration.days(99)), entries)
      const { breaks, entries: left, forgotten } = yield* review.verify(silent)
      assert.deepStrictEqual([breaks, left, forgotten], [[], 2, entries])
    }))

  it.effect("a server prunes by itself, but only while it holds the lease", () =>
    Effect.gen(function*() {
      const housekeeping = yield* Housekeeping
      const sessions = yield* Sessions
      const store = yield* SessionStore
      const leases = yield* Leases
      const now = yield* DateTime.now
      const until = DateTime.addDuration(now, "4 minutes")
      yield* leases.acquire({ name: "house-keeping", holder: "another node", now, until })
      const { account, session } = yield* signedIn
      yield* sessions.revokeAll(account.id)
      const server = yield* Effect.forkChild(housekeeping.run)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isSome(yield* store.findSession(session.id)))
      yield* TestClock.adjust("10 minutes")
      assert.isTrue(Option.isNone(yield* store.findSession(session.id)))
      yield* Fiber.interrupt(server)
    }))

  it.effect("an outage of the store is told once, in a line that says why and has no exception", () =>
    Effect.gen(function*() {
      const lines: Array<readonly [text: string, exceptions: number]> = []
      const logger = Logger.make<unknown, void>(({ cause, message }) =>
        void lines.push([String(message), cause.reasons.length])
      )
      const acquire = () => Effect.fail(new StoreUnavailable({ reason: "login-refused" }))
      const housekeeping = Layer.fresh(Housekeeping.layer).pipe(
        Layer.provide([
          Layer.mock(IdGenerator, { holderId: Effect.succeed("holder") }),
          Layer.mock(Leases, { acquire })
        ])
      )
      yield* Effect.flatMap(Housekeeping, ({ run }) => Effect.forkChild(run)).pipe(
        Effect.provide(housekeeping),
        Effect.andThen(TestClock.adjust("20 minutes")),
        Effect.provide(Logger.layer([logger]))
      )
      assert.deepStrictEqual(lines, [[
        "Expired records can't be deleted now; this is tried again. The database refuses the login.",
        0
      ]])
    }))
})
