import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { PublicAddress } from "../../../src/adapters/http/listener/HttpServer.ts"
import { ListenerState } from "../../../src/adapters/http/listener/ListenerState.ts"
import * as MemoryStores from "../../../src/adapters/memory/MemoryStores.ts"
import { StoreUnavailable } from "../../../src/domain/model/IdentityErrors.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { CLIENT, PASSWORD, signIn, signUp } from "../../support/people.ts"
import { exchange, parseAnswer } from "../../support/raw-exchange.ts"
import { publicListener } from "../../support/RunningServer.ts"
import { changing } from "../../support/stores.ts"
import { APP_ORIGIN, TestIdentity } from "../../support/TestIdentity.ts"
import * as TestServices from "../../support/TestServices.ts"

const ask = Effect.fnUntraced(function*(headers: ReadonlyArray<string>) {
  const { port } = yield* PublicAddress
  const lines = ["GET /sessions/me HTTP/1.1", ...headers, "x-request-id: chosen", "connection: close", "", ""]
  const answer = parseAnswer(yield* exchange(port, lines.join("\r\n")))
  assert.strictEqual(answer.headers["x-request-id"], "chosen")
  assert.strictEqual(answer.headers["cache-control"], "no-store")
  return answer
})

const server = publicListener({ allowedOrigins: [APP_ORIGIN] }).pipe(Layer.provide(ListenerState.layer))

const HOST = "host: identity.example"
const FORGED = `k1.${"0".repeat(25)}.${"A".repeat(43)}`
const cookie = (token: string) => `cookie: __Host-identity-session=${token}`

const requests: ReadonlyArray<
  readonly [name: string, status: number, headers: (token: string) => ReadonlyArray<string>]
> = [
  ["a bearer token", 200, (token) => [HOST, `authorization: Bearer ${token}`]],
  ["a cookie", 200, (token) => [HOST, cookie(token)]],
  ["the same token twice", 200, (token) => [HOST, `authorization: bearer  ${token}`, cookie(token)]],
  ["an allowed origin", 200, (token) => [HOST, `origin: ${APP_ORIGIN}`, cookie(token)]],
  ["a foreign origin", 200, (token) => [HOST, "origin: https://evil.example", `authorization: Bearer ${token}`]],
  ["an empty body", 200, (token) => [HOST, "content-length: 0", `authorization: Bearer ${token}`]],
  ["no token", 401, () => [HOST]],
  ["a forged token", 401, () => [HOST, `authorization: Bearer ${FORGED}`]],
  ["two different cookies", 400, (token) => [HOST, `${cookie(token)}; ${cookie(FORGED).slice("cookie: ".length)}`]],
  ["a cookie that proves nothing", 401, () => [HOST, cookie(FORGED)]],
  [
    "a cookie that proves nothing beside a token",
    200,
    (token) => [HOST, `authorization: Bearer ${token}`, cookie(FORGED)]
  ],
  [
    "a token that proves nothing beside a cookie",
    400,
    (token) => [HOST, `authorization: Bearer ${FORGED}`, cookie(token)]
  ],
  ["two hosts", 400, (token) => [HOST, "host: other.example", `authorization: Bearer ${token}`]],
  ["a body that is too large", 413, (token) => [HOST, "content-length: 70000", `authorization: Bearer ${token}`]]
]

layer(Layer.provideMerge(server, TestServices.layer), { excludeTestServices: true })("a session check", (it) => {
  it.effect.each(requests)("with %s is answered %i", ([_, status, headers]) =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const { token } = yield* signIn(account.email)
      assert.strictEqual((yield* ask(headers(Redacted.value(token)))).status, status)
    }))

  // Node sends a text of ASCII alone in another way than any other.
  it.effect.each(["curl/8.0", "CaféPad/1", "日本/1 🦉"])(
    "shows the client %s in UTF-8",
    (userAgent) =>
      Effect.gen(function*() {
        const account = yield* signUp()
        const { token } = yield* signIn(account.email, PASSWORD, { client: { ...CLIENT, userAgent } })
        const { body } = yield* ask([HOST, `authorization: Bearer ${Redacted.value(token)}`])
        assert.include(Buffer.from(body, "latin1").toString("utf8"), `"user_agent":"${userAgent}"`)
      })
  )
})

describe("a session check that meets", () => {
  const token = Effect.gen(function*() {
    const identity = yield* TestIdentity
    yield* identity.signUp()
    return yield* identity.signIn()
  }).pipe(Effect.provide(TestIdentity.layer))

  const failures: ReadonlyArray<
    readonly [name: string, status: number, found: Effect.Effect<never, StoreUnavailable>]
  > = [
    ["an outage", 503, Effect.fail(new StoreUnavailable())],
    ["a bug of ours", 500, Effect.die(new Error("canary"))]
  ]

  it.live.each(failures)("%s is answered %i", ([_, status, found]) =>
    Effect.gen(function*() {
      const stores = changing(SessionStore, () => ({ findSession: () => found }))
      const answer = yield* ask([HOST, `authorization: Bearer ${yield* token}`]).pipe(
        Effect.provide(
          Layer.provide(
            server,
            TestServices.servicesOver(TestServices.cheapHasher, Layer.provideMerge(stores, MemoryStores.layer))
          )
        )
      )
      assert.strictEqual(answer.status, status)
      assert.notInclude(answer.body, "canary")
    }))
})
