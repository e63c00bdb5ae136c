import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { PublicAddress } from "../../../src/adapters/http/listener/HttpServer.ts"
import { Readiness } from "../../../src/adapters/http/listener/Readiness.ts"
import { StoreUnavailable } from "../../../src/domain/model/IdentityErrors.ts"
import { IdentityStore } from "../../../src/ports/IdentityStore.ts"
import { signIn, signUp } from "../../support/people.ts"
import { exchange, parseAnswer } from "../../support/raw-exchange.ts"
import { publicListener } from "../../support/RunningServer.ts"
import { APP_ORIGIN, cheapHasher, servicesLayer, servicesOver, TestIdentity } from "../../support/TestIdentity.ts"

const ask = Effect.fnUntraced(function*(target: string, headers: ReadonlyArray<string>) {
  const { port } = yield* PublicAddress
  const lines = [`GET ${target} HTTP/1.1`, ...headers, "x-request-id: same", "connection: close", "", ""]
  const { headers: { date, ...answered }, ...answer } = parseAnswer(yield* exchange(port, lines.join("\r\n")))
  assert.isDefined(date)
  return { ...answer, headers: answered }
})

/** The answers to one request by the shortest way and by the general one, which a query leads to. */
const bothWays = Effect.fnUntraced(function*(headers: ReadonlyArray<string>) {
  return [yield* ask("/sessions/me", headers), yield* ask("/sessions/me?", headers)] as const
})

const server = publicListener({ allowedOrigins: [APP_ORIGIN] }).pipe(Layer.provide(Readiness.layer))

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

describe("a session check", () => {
  it.live.each(requests)("with %s is answered alike by both ways", ([, status, headers]) =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const { token } = yield* signIn(account.email)
      const [shortest, general] = yield* bothWays(headers(Redacted.value(token)))
      assert.strictEqual(shortest.status, status)
      assert.deepStrictEqual(shortest, general)
    }).pipe(Effect.provide(Layer.provideMerge(server, servicesLayer))))

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

  it.live.each(failures)("that meets %s is answered alike by both ways", ([, status, found]) =>
    Effect.gen(function*() {
      const headers = [HOST, `authorization: Bearer ${yield* token}`]
      const store = Layer.mock(IdentityStore, { findSession: () => found })
      const [shortest, general] = yield* bothWays(headers).pipe(
        Effect.provide(Layer.provide(server, servicesOver(cheapHasher, store)))
      )
      assert.strictEqual(shortest.status, status)
      assert.deepStrictEqual(shortest, general)
    }))
})
