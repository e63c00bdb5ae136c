import { assert, layer } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { SessionPolicy } from "../../src/domain/sessions/SessionPolicy.ts"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { aSessionId } from "../support/builders.ts"
import { isAccepted, PASSWORD, signedIn, signIn, signUp } from "../support/people.ts"
import { changing } from "../support/stores.ts"
import * as TestServices from "../support/TestServices.ts"

const FIRST_PAGE = { limit: 20, after: Option.none() }

layer(TestServices.layer)("sessions", (it) => {
  it.effect("a sign-in starts a session whose token shows who somebody is", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const account = yield* signUp()
      const started = yield* signIn(account.email)
      assert.deepStrictEqual(started.account, account)
      assert.strictEqual(started.session.userAgent, "curl/8.0")
      assert.strictEqual(started.session.ipAddress, "192.0.2.7")
      const { session } = started
      assert.deepStrictEqual(yield* sessions.verify(started.token), { session, account })
    }))

  it.effect("a wrong password starts no session", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const account = yield* signUp()
      const error = yield* Effect.flip(signIn(account.email, "wrong horse"))
      assert.strictEqual(error._tag, "InvalidCredentials")
      assert.deepStrictEqual((yield* sessions.list(account.id, FIRST_PAGE)).items, [])
    }))

  it.effect("[ASVS 6.2.10] a password is good for as long as its holder keeps it", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      yield* TestClock.adjust("3650 days")
      assert.strictEqual((yield* signIn(account.email)).account.id, account.id)
    }))

  it.effect("[ASVS 7.2.4] every sign-in issues a new token", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const [first, second] = [yield* signIn(account.email), yield* signIn(account.email)]
      assert.notStrictEqual(Redacted.value(first.token), Redacted.value(second.token))
    }))

  it.effect("a token that nobody signed is refused without asking the store", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      for (const token of ["", "token", `old.${aSessionId().slice(4)}.${"A".repeat(43)}`]) {
        const error = yield* Effect.flip(sessions.verify(Redacted.make(token)))
        assert.strictEqual(error._tag, "SessionRequired")
      }
    }))

  it.effect("[ASVS 7.4.1] a session that was ended is refused from then on, and ending it again is no failure", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const { session, token } = yield* signedIn
      yield* sessions.signOut(session)
      assert.strictEqual((yield* Effect.flip(sessions.verify(token)))._tag, "SessionRequired")
      yield* sessions.signOut(session)
    }))

  it.effect("[ASVS 7.5.2] owners end one of their sessions; another account's is not found", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const account = yield* signUp()
      const [one, other] = [yield* signIn(account.email), yield* signIn(account.email)]
      const stranger = yield* signUp()
      const stolen = yield* Effect.flip(sessions.endOne(stranger.id, one.session.id))
      assert.strictEqual(stolen._tag, "SessionNotFound")
      yield* sessions.endOne(account.id, one.session.id)
      assert.strictEqual((yield* Effect.flip(sessions.verify(one.token)))._tag, "SessionRequired")
      assert.strictEqual((yield* sessions.verify(other.token)).session.id, other.session.id)
      assert.strictEqual((yield* Effect.flip(sessions.endOne(account.id, one.session.id)))._tag, "SessionNotFound")
    }))

  it.effect("[ASVS 7.4.5] ending all sessions ends every one of the account and says how many", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const account = yield* signUp()
      const started = [yield* signIn(account.email), yield* signIn(account.email)]
      const bystander = yield* signedIn
      assert.strictEqual(yield* sessions.revokeAll(account.id), 2)
      for (const { token } of started) {
        assert.strictEqual((yield* Effect.flip(sessions.verify(token)))._tag, "SessionRequired")
      }
      assert.strictEqual((yield* sessions.verify(bystander.token)).session.id, bystander.session.id)
      yield* signIn(account.email)
    }))

  it.effect("[ASVS 7.4.2] disabling an account ends its sessions for good", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const accounts = yield* Accounts
      const { account, token } = yield* signedIn
      yield* accounts.disable(account.id)
      assert.strictEqual((yield* Effect.flip(sessions.verify(token)))._tag, "SessionRequired")
      yield* accounts.enable(account.id)
      assert.strictEqual((yield* Effect.flip(sessions.verify(token)))._tag, "SessionRequired")
    }))

  it.effect("[ASVS 2.3.1] a sign-in that is overtaken by ending all sessions starts none", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const overtaken = changing(SessionStore, (store) => ({
        insertSession: (insertion) =>
          store.endAllSessions({ ...insertion, accountId: account.id, now: insertion.session.createdAt }).pipe(
            Effect.orDie,
            Effect.andThen(store.insertSession(insertion))
          )
      }))
      const error = yield* Effect.flip(signIn(account.email)).pipe(
        Effect.provide(TestServices.layerOver(overtaken), { local: true })
      )
      assert.strictEqual(error._tag, "InvalidCredentials")
    }))

  it.effect("[ASVS 7.3.1] a session that was not used ends at the idle timeout, to the millisecond", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const { session, token } = yield* signedIn
      assert.strictEqual(
        session.expiresAt.epochMilliseconds - session.createdAt.epochMilliseconds,
        Duration.toMillis(Duration.days(7))
      )
      yield* TestClock.adjust(Duration.millis(Duration.toMillis(Duration.days(7)) - 1))
      yield* sessions.verify(token)
      const { token: unused } = yield* signedIn
      yield* TestClock.adjust("7 days")
      assert.strictEqual((yield* Effect.flip(sessions.verify(unused)))._tag, "SessionRequired")
    }))

  it.effect("[ASVS 7.3.2] a session ends at its longest life when that comes first", () =>
    Effect.gen(function*() {
      const { session } = yield* signedIn
      assert.deepStrictEqual(session.expiresAt, DateTime.addDuration(session.createdAt, "1 hour"))
    }).pipe(
      Effect.provide(
        TestServices.layer.pipe(
          Layer.provide(Layer.succeed(SessionPolicy, {
            idleTimeout: Duration.days(1),
            maxLifetime: Duration.hours(1),
            perAccountMax: 100,
            elevationLifetime: Duration.minutes(15)
          }))
        ),
        { local: true }
      )
    ))

  it.effect("sessions are listed newest first, in pages", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const account = yield* signUp()
      const ids = []
      for (let made = 0; made < 3; made++) {
        yield* TestClock.adjust("1 second")
        ids.unshift((yield* signIn(account.email)).session.id)
      }
      const first = yield* sessions.list(account.id, { limit: 2, after: Option.none() })
      const second = yield* sessions.list(account.id, { limit: 2, after: first.next })
      assert.deepStrictEqual([...first.items, ...second.items].map((session) => session.id), ids)
      assert.deepStrictEqual(second.next, Option.none())
      const foreign = yield* Effect.flip(
        Effect.flatMap(signUp(), (other) => sessions.list(other.id, { limit: 2, after: first.next }))
      )
      assert.strictEqual(foreign._tag, "InvalidCursor")
    }))

  it.effect("[ASVS 7.3.1] using a session prolongs it, up to its longest life", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const { session, token } = yield* signedIn
      for (let day = 1; day <= 29; day++) {
        yield* TestClock.adjust("1 day")
        yield* sessions.verify(token)
        yield* Effect.yieldNow
      }
      const lastSeen = (yield* sessions.verify(token)).session
      assert.deepStrictEqual(lastSeen.lastUsedAt, DateTime.addDuration(session.createdAt, "29 days"))
      assert.deepStrictEqual(lastSeen.expiresAt, DateTime.addDuration(session.createdAt, "30 days"))
      yield* TestClock.adjust(Duration.millis(Duration.toMillis(Duration.days(1)) - 1))
      assert.isTrue(yield* isAccepted(token))
      yield* TestClock.adjust("1 millis")
      assert.isFalse(yield* isAccepted(token))
    }))

  it.effect("a use is noted at most once per minute", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const { session, token } = yield* signedIn
      const lastUse = Effect.gen(function*() {
        yield* sessions.verify(token)
        yield* Effect.yieldNow
        const { lastUsedAt } = (yield* sessions.verify(token)).session
        return lastUsedAt.epochMilliseconds - session.createdAt.epochMilliseconds
      })
      const seen = []
      for (const step of [59_999, 1, 30_000, 29_999, 1]) {
        yield* TestClock.adjust(Duration.millis(step))
        seen.push(yield* lastUse)
      }
      assert.deepStrictEqual(seen, [0, 60_000, 60_000, 60_000, 120_000])
    }))

  it.effect("a use that can't be noted disturbs nobody", () =>
    Effect.gen(function*() {
      const { token } = yield* signedIn
      yield* TestClock.adjust("1 hour")
      const failing = changing(SessionStore, () => ({ touchSession: () => new StoreUnavailable() }))
      const accepted = isAccepted(token).pipe(Effect.provide(TestServices.layerOver(failing), { local: true }))
      assert.isTrue(yield* accepted)
    }))

  it.effect("signing in with a live session ends that one, and only with its own token", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const [planted, bystander] = [yield* signedIn, yield* signIn(account.email)]
      const started = yield* signIn(account.email, PASSWORD, { replaces: planted.token })
      const tokens = [planted.token, bystander.token, started.token]
      assert.deepStrictEqual(yield* Effect.forEach(tokens, isAccepted), [false, true, true])
    }))

  it.effect("a refused sign-in leaves the session of the client alone", () =>
    Effect.gen(function*() {
      const { account, token } = yield* signedIn
      yield* Effect.flip(signIn(account.email, "wrong horse", { replaces: token }))
      assert.isTrue(yield* isAccepted(token))
    }))

  it.effect("[ASVS 7.1.2] beyond the most sessions of an account the oldest ends, also when many sign in at once", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const account = yield* signUp()
      const oldest = yield* signIn(account.email)
      yield* TestClock.adjust("1 second")
      yield* Effect.forEach(Array.from({ length: 8 }), () => signIn(account.email), { concurrency: "unbounded" })
      const live = yield* sessions.list(account.id, FIRST_PAGE)
      assert.strictEqual(live.items.length, 3)
      assert.isFalse(yield* isAccepted(oldest.token))
    }).pipe(
      Effect.provide(
        TestServices.layer.pipe(
          Layer.provide(Layer.succeed(SessionPolicy, {
            ...SessionPolicy.defaultValue(),
            perAccountMax: 3
          }))
        ),
        { local: true }
      )
    ))
})
