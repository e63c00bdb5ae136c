import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { SessionPolicy } from "../../../src/domain/sessions/SessionPolicy.ts"
import { adaSignedIn, bearer, PUBLIC_URL, TestIdentity } from "../../support/TestIdentity.ts"

const START = "2026-03-01T12:00:00.123Z"

const mySession = (token: string) =>
  Effect.flatMap(TestIdentity, (identity) => identity.send("GET", "/sessions/me", { headers: bearer(token) }))

const policy = (limits: Partial<typeof SessionPolicy.Service>) =>
  TestIdentity.layer.pipe(
    Layer.provide(Layer.succeed(SessionPolicy, {
      ...SessionPolicy.defaultValue(),
      ...limits
    }))
  )

describe("a session's times", () => {
  const started = Effect.andThen(TestClock.setTime(DateTime.makeUnsafe(START).epochMilliseconds), adaSignedIn)

  it.effect("begin at its start, to the millisecond", () =>
    Effect.gen(function*() {
      const { token } = yield* started
      assert.include((yield* mySession(token)).json, {
        created_at: START,
        authenticated_at: START,
        last_used_at: START,
        expires_at: "2026-03-08T12:00:00.123Z"
      })
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("follow its uses, at most once a minute, and show from the next answer on", () =>
    Effect.gen(function*() {
      const { token } = yield* started
      yield* TestClock.adjust("59999 millis")
      yield* mySession(token)
      assert.include((yield* mySession(token)).json, { last_used_at: START })
      yield* TestClock.adjust("1 millis")
      yield* mySession(token)
      yield* Effect.yieldNow
      assert.include((yield* mySession(token)).json, {
        created_at: START,
        authenticated_at: START,
        last_used_at: "2026-03-01T12:01:00.123Z",
        expires_at: "2026-03-08T12:01:00.123Z"
      })
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 7.3.1] end when it was not used for the idle timeout, and not a millisecond before", () =>
    Effect.gen(function*() {
      const { token: used } = yield* started
      const unused = yield* Effect.flatMap(TestIdentity, (identity) => identity.signIn())
      yield* TestClock.adjust(Duration.subtract(Duration.days(7), Duration.millis(1)))
      assert.strictEqual((yield* mySession(used)).status, 200)
      yield* Effect.yieldNow
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual([(yield* mySession(used)).status, (yield* mySession(unused)).status], [200, 401])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[ASVS 7.3.2] end at the maximum lifetime, however much it is used", () =>
    Effect.gen(function*() {
      const { token } = yield* started
      for (let day = 1; day < 30; day++) {
        yield* TestClock.adjust("1 day")
        assert.strictEqual((yield* mySession(token)).status, 200)
        yield* Effect.yieldNow
      }
      assert.include((yield* mySession(token)).json, { expires_at: "2026-03-31T12:00:00.123Z" })
      yield* TestClock.adjust(Duration.subtract(Duration.days(1), Duration.millis(1)))
      assert.strictEqual((yield* mySession(token)).status, 200)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* mySession(token)).status, 401)
    }).pipe(Effect.provide(TestIdentity.layer)))
})

it.effect("[ASVS 7.1.2] signing in beyond the most sessions an account may have ends the oldest", () =>
  Effect.gen(function*() {
    const identity = yield* TestIdentity
    yield* identity.signUp()
    const tokens = yield* Effect.forEach(
      Array.from({ length: 5 }),
      () => Effect.andThen(TestClock.adjust("1 second"), identity.signIn())
    )
    const statuses = yield* Effect.forEach(tokens, (token) => Effect.map(mySession(token), ({ status }) => status))
    assert.deepStrictEqual(statuses, [401, 401, 200, 200, 200])
  }).pipe(Effect.provide(policy({ perAccountMax: 3 }))))

const Page = Schema.Struct({
  sessions: Schema.Array(Schema.Struct({ id: Schema.String, created_at: Schema.String, current: Schema.Boolean })),
  next: Schema.NullOr(Schema.String)
})

describe("a list of sessions", () => {
  const readPage = Effect.fnUntraced(function*(token: string, path: string) {
    const identity = yield* TestIdentity
    const answer = yield* identity.send("GET", path, { headers: bearer(token) })
    assert.strictEqual(answer.status, 200)
    const link = answer.headers["link"]?.match(/^<([^>]+)>; rel="next"$/)?.[1]
    return { ...yield* Schema.decodeUnknownEffect(Page)(answer.json), link }
  })

  it.effect("has each once, newest first, however many start while it is read", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const ids: Array<string> = [String((yield* mySession(token)).json["id"])]
      for (let index = 1; index < 25; index++) {
        if (index % 3 === 0) yield* TestClock.adjust("1 millis")
        ids.push(String((yield* mySession(yield* identity.signIn())).json["id"]))
      }
      const seen: Array<string> = []
      const created: Array<string> = []
      const pages: Array<number> = []
      let path: string | undefined = "/sessions?limit=7"
      while (path !== undefined) {
        const page: Effect.Success<ReturnType<typeof readPage>> = yield* readPage(token, path)
        assert.isAtMost(page.sessions.length, 7)
        pages.push(page.sessions.length)
        seen.push(...page.sessions.map(({ id }) => id))
        created.push(...page.sessions.map((session) => session.created_at))
        assert.strictEqual(page.next === null, page.link === undefined)
        path = page.link?.slice(PUBLIC_URL.length)
        yield* TestClock.adjust("1 millis")
        yield* identity.signIn()
      }
      assert.deepStrictEqual(pages, [7, 7, 7, 4])
      assert.deepStrictEqual(seen.toSorted(), ids.toSorted())
      assert.deepStrictEqual(created, created.toSorted().toReversed())
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("goes on behind an item that is gone", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      for (let index = 0; index < 5; index++) {
        yield* TestClock.adjust("1 millis")
        yield* identity.signIn()
      }
      const first = yield* readPage(token, "/sessions?limit=2")
      const last = first.sessions.at(-1)?.id ?? ""
      yield* identity.send("DELETE", `/sessions/${last}`, { headers: bearer(token) })
      const rest = yield* readPage(token, `/sessions?limit=100&after=${first.next}`)
      assert.lengthOf(rest.sessions, 4)
      assert.isNull(rest.next)
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("has 20 of them unless asked otherwise, and marks the one that asks", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const tokens = [token, ...yield* Effect.forEach(Array.from({ length: 20 }), () => identity.signIn())]
      assert.lengthOf((yield* readPage(token, "/sessions")).sessions, 20)
      for (const each of tokens.slice(0, 3)) {
        const { sessions } = yield* readPage(each, "/sessions?limit=100")
        const current = sessions.filter((session) => session.current).map(({ id }) => id)
        assert.deepStrictEqual(current, [String((yield* mySession(each)).json["id"])])
      }
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("can't be entered by the cursor of somebody else's", () =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      yield* identity.signIn()
      const other = { email: "grace@example.com" }
      yield* identity.signUp(other)
      const { next } = yield* readPage(token, "/sessions?limit=1")
      const answer = yield* identity.send("GET", `/sessions?after=${next}`, {
        headers: bearer(yield* identity.signIn(other))
      })
      assert.strictEqual(answer.status, 422)
    }).pipe(Effect.provide(TestIdentity.layer)))
})
