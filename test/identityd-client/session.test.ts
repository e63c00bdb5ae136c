/** Whose request it is, as `identityd-client` asks a real service. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { once } from "node:events"
import { createServer } from "node:http"
import type { IncomingMessage } from "node:http"
import { identity, Unavailable } from "../../clients/typescript/src/index.ts"
import type { Visitor } from "../../clients/typescript/src/index.ts"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import { APPLICATION, EVIL, Service, signedIn, UNSAFE } from "./Service.ts"

type Fields = Readonly<Record<string, string>>

/** The request as a server of node:http gets it. */
const received = (method: string, headers: Fields) =>
  Effect.promise(async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    const arrived: Promise<ReadonlyArray<IncomingMessage>> = once(server, "request")
    const port = typeof address === "object" ? address?.port : undefined
    const sent = fetch(`http://127.0.0.1:${port}/`, { method, headers })
    const [request] = await arrived
    server.close().closeAllConnections()
    await sent.catch(() => undefined)
    assert.isDefined(request)
    return request
  })

/** The same request in every form that is understood. */
const forms: ReadonlyArray<readonly [string, (method: string, headers: Fields) => Effect.Effect<Visitor>]> = [
  ["a Request", (method, headers) => Effect.succeed(new Request("https://app.example.com/", { method, headers }))],
  ["an IncomingMessage", received],
  ["a method and Headers", (method, headers) => Effect.succeed({ method, headers: new Headers(headers) })],
  ["a method and an object", (method, headers) =>
    Effect.succeed({
      method,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]))
    })]
]

const ask = (visitor: Visitor) =>
  Effect.flatMap(Service, ({ url }) => Effect.promise(() => identity({ url }).session(visitor)))

const failure = (visitor: Visitor, timeout = 300) =>
  Effect.flatMap(
    Service,
    ({ url }) =>
      Effect.promise(() =>
        identity({ url, timeout }).session(visitor).then(() => assert.fail("answered"), (error: unknown) => error)
      )
  )

const isUnavailable = (error: unknown, retryAfter?: number) => {
  assert.instanceOf(error, Unavailable)
  assert.strictEqual(error.retryAfter, retryAfter)
}

layer(Service.layer, { excludeTestServices: true })((it) => {
  it.effect.each(forms)("%s with a good token has its session", ([_, form]) =>
    Effect.gen(function*() {
      const { account, bearer, cookie, session } = yield* signedIn
      const expected = {
        id: session.id,
        account_id: account.id,
        account: { email: account.email, display_name: account.displayName },
        aal: 1,
        amr: ["pwd"]
      }
      for (const headers of [bearer, cookie]) {
        const found = yield* ask(yield* form("GET", headers))
        assert.deepInclude(found, expected)
        assert.match(found?.authenticated_at ?? "", /^\d{4}-.*Z$/)
      }
      assert.deepInclude(yield* ask(yield* form("DELETE", bearer)), expected)
      assert.deepInclude(yield* ask(yield* form("DELETE", { ...cookie, origin: APPLICATION })), expected)
    }))

  it.effect.each(forms)(
    "[ASVS 3.5.1] %s by cookie from another site's page that changes something is nobody's",
    ([_, form]) =>
      Effect.gen(function*() {
        const { cookie } = yield* signedIn
        const origins: ReadonlyArray<Fields> = [
          { origin: EVIL },
          { origin: "null" },
          { "sec-fetch-site": "cross-site" },
          { "sec-fetch-site": "same-site" },
          {}
        ]
        for (const method of UNSAFE) {
          for (const origin of origins) {
            assert.isNull(
              yield* ask(yield* form(method, { ...cookie, ...origin })),
              `${method} ${JSON.stringify(origin)}`
            )
          }
          assert.isNotNull(yield* ask({ method, headers: { ...cookie, "sec-fetch-site": "same-origin" } }))
        }
      })
  )

  it.effect("[ASVS 3.5.1] without a method, as a WebSocket's handshake, or with methods in a header, the origin counts", () =>
    Effect.gen(function*() {
      const { cookie } = yield* signedIn
      const visitors: ReadonlyArray<Visitor> = [
        { ...cookie, origin: EVIL },
        new Headers({ ...cookie, origin: EVIL }),
        { headers: { ...cookie, origin: EVIL } },
        { method: "CONNECT", headers: { ...cookie, origin: EVIL } },
        { method: "get", headers: { ...cookie, origin: EVIL } },
        { method: "GET", headers: { ...cookie, origin: EVIL, upgrade: "websocket" } },
        { method: "GET", headers: { ...cookie, origin: EVIL, "sec-websocket-key": "a" } },
        { method: "POST", headers: { ...cookie, origin: EVIL, "x-original-method": "GET" } },
        { method: "POST", headers: { ...cookie, origin: EVIL, "x-forwarded-method": "GET" } }
      ]
      for (const visitor of visitors) assert.isNull(yield* ask(visitor), JSON.stringify(visitor))
      assert.isNotNull(yield* ask({ ...cookie, origin: APPLICATION }))
    }))

  it.effect("[ASVS 8.3.2] a session that was revoked a moment ago is nobody's", () =>
    Effect.gen(function*() {
      const { account, bearer, cookie } = yield* signedIn
      const client = identity({ url: (yield* Service).url })
      const visitor = { method: "GET", headers: bearer }
      assert.isNotNull(yield* Effect.promise(() => client.session(visitor)))
      yield* Effect.flatMap(Sessions, ({ revokeAll }) => revokeAll(account.id))
      assert.isNull(yield* Effect.promise(() => client.session(visitor)))
      const { refusal } = yield* Effect.promise(() => client.check({ method: "GET", headers: cookie }))
      assert.strictEqual(refusal?.problem.code, "session-required")
      assert.match(refusal?.headers.get("set-cookie") ?? "", /^__Host-identity-session=;/)
    }))

  it.effect("what is no token, and two tokens at once, are nobody's", () =>
    Effect.gen(function*() {
      const [{ bearer }, { cookie, token }] = [yield* signedIn, yield* signedIn]
      const headers: ReadonlyArray<Fields> = [
        { authorization: "Bearer forged" },
        { authorization: "Bearer " },
        { authorization: `Basic ${token}` },
        { authorization: `Bearer ${token}x` },
        { authorization: `Bearer ${"a".repeat(100_000)}` },
        { cookie: "__Host-identity-session=" },
        { cookie: `identity-session=${token}` },
        { ...bearer, ...cookie },
        { authorization: `${bearer.authorization}, Bearer ${token}` }
      ]
      for (const presented of headers) {
        assert.isNull(yield* ask({ method: "GET", headers: presented }), JSON.stringify(presented).slice(0, 100))
      }
    }))

  it.effect("`aal` and `verified` ask for more than a session", () =>
    Effect.gen(function*() {
      const { bearer } = yield* signedIn
      const client = identity({ url: (yield* Service).url })
      const visitor = { method: "GET", headers: bearer }
      for (
        const [requirements, code] of [
          [{ aal: 2 }, "reauthentication-required"],
          [{ verified: true }, "verification-required"]
        ] as const
      ) {
        const { refusal, session } = yield* Effect.promise(() => client.check(visitor, requirements))
        assert.deepStrictEqual([session, refusal?.problem.code], [null, code])
      }
    }))

  it.effect("while the store is away nobody is signed out, and it says when to ask again", () =>
    Effect.gen(function*() {
      const { bearer, cookie } = yield* signedIn
      const { faults } = yield* Service
      faults.isStoreAway = true
      yield* Effect.addFinalizer(() => Effect.sync(() => faults.isStoreAway = false))
      for (const method of ["GET", "POST"]) {
        for (const headers of [bearer, { ...cookie, origin: APPLICATION }]) {
          isUnavailable(yield* failure({ method, headers }), 1)
        }
      }
    }))

  it.effect.each(["stalling", "resetting", "half-open"] as const)(
    "while the network is %s nobody is signed out",
    (kind) =>
      Effect.gen(function*() {
        const { bearer } = yield* signedIn
        const { network } = yield* Service
        yield* network.begin({ kind })
        isUnavailable(yield* failure({ method: "GET", headers: bearer }))
        yield* network.end
        if (kind !== "half-open") assert.isNotNull(yield* ask({ method: "GET", headers: bearer }))
        // Connections that have met a fault are nothing for other tests.
      }).pipe(Effect.provide(Layer.fresh(Service.layer), { local: true }))
  )

  it.effect("a service that is down, or slower than the time limit, signs nobody out", () =>
    Effect.gen(function*() {
      const { bearer } = yield* signedIn
      const { network } = yield* Service
      const visitor = { method: "GET", headers: bearer }
      const down = identity({ url: "http://127.0.0.1:1" }).session(visitor)
      isUnavailable(yield* Effect.promise(() => down.catch((error: unknown) => error)))
      yield* network.begin({ kind: "slow", milliseconds: 2000 })
      yield* Effect.addFinalizer(() => network.end)
      isUnavailable(yield* failure(visitor, 50))
    }))
})
