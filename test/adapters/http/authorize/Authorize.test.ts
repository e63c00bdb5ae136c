/** What gateways are told about the requests in front of which they ask, over both stores. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { SharedClock } from "../../../../src/domain/clock/SharedClock.ts"
import { parseNetwork } from "../../../../src/domain/model/IpAddress.ts"
import { memoryStores, postgresStores } from "../../../support/stores.ts"
import { adaSignedIn, APP_ORIGIN, bearer, ownCookie, TestIdentity } from "../../../support/TestIdentity.ts"
import type { Answer } from "../../../support/TestIdentity.ts"
import { cheapHasher, servicesOver } from "../../../support/TestServices.ts"
import { clientAt } from "../../postgres/TestClient.ts"

const GATEWAY = "10.1.2.3"
const STRANGER = "192.0.2.7"
const SIGN_IN = "https://app.example/sign-in"

const options = { trustedProxies: Option.toArray(parseNetwork("10.0.0.0/8")), signInUrl: SIGN_IN }

const over = <E, R>(stores: Layer.Layer<Layer.Success<typeof memoryStores>, E, R>) =>
  TestIdentity.layerOver(options).pipe(
    Layer.provide(Layer.effectDiscard(Effect.flatMap(SharedClock, ({ settled }) => settled))),
    Layer.provide(servicesOver(cheapHasher, stores))
  )

const SAFE = ["GET", "HEAD", "OPTIONS"]
const UNSAFE = ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "QUERY", "get", "GETS", ""]

const identityHeaders = ({ headers }: Answer) => Object.keys(headers).filter((name) => name.startsWith("identity-"))

const codeOf = ({ status, json }: Answer) => [status, json["code"]]

const cookie = (token: string) => ({ cookie: ownCookie(token).cookie })

const handshake = { upgrade: "websocket", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" }

const stores = [
  { on: "memory", served: over(memoryStores) },
  { on: "Postgres", served: over(Layer.provide(postgresStores, clientAt("read committed"))) }
]

describe.each(stores)("over $on, a gateway", ({ served }) => {
  layer(served, { excludeTestServices: true })((it) => {
    it.effect("learns who sends a request of any method for any path, and gets no body", () =>
      Effect.gen(function*() {
        const { identity, token } = yield* adaSignedIn
        const { json } = yield* identity.send("GET", "/sessions/me", { headers: bearer(token) })
        const shown = (member: string) => String(json[member])
        for (const method of [...SAFE, ...UNSAFE.slice(0, 6)]) {
          for (const path of ["/authorize", "/authorize/", "/authorize/orders/7?aal=2&claims=email&nonsense"]) {
            const answer = yield* identity.send(method, path, { headers: bearer(token) })
            assert.strictEqual(answer.status, 200, `${method} ${path}`)
            assert.strictEqual(answer.text, "")
            assert.deepInclude(answer.headers, {
              "content-length": "0",
              "cache-control": "no-store",
              "identity-account-id": shown("account_id"),
              "identity-session-id": shown("id"),
              "identity-aal": "1",
              "identity-amr": "pwd",
              "identity-authenticated-at": shown("authenticated_at")
            })
            assert.lengthOf(identityHeaders(answer), 5)
          }
        }
      }))

    it.effect("learns email and name only when it asks, in percent-encoded UTF-8", () =>
      Effect.gen(function*() {
        const { identity, token } = yield* adaSignedIn
        yield* identity.send("PATCH", "/accounts/me", {
          json: { display_name: "Žofie, 100 %" },
          headers: { ...bearer(token), "if-match": "*" }
        })
        const headers = bearer(token)
        const both = yield* identity.send("GET", "/authorize?claims=email,name", { headers })
        assert.deepInclude(both.headers, {
          "identity-email": "ada%40example.com",
          "identity-display-name": "%C5%BDofie%2C%20100%20%25"
        })
        const one = yield* identity.send("GET", "/authorize?claims=name", { headers })
        assert.notProperty(one.headers, "identity-email")
        const asked = { ...headers, "identity-authorize": "claims=email,name; verified=0" }
        const from = (address: string) => identity.send("GET", "/authorize/x", { headers: asked, from: address })
        assert.property((yield* from(GATEWAY)).headers, "identity-display-name")
        assert.lengthOf(identityHeaders(yield* from(STRANGER)), 5)
      }))

    it.effect("[ASVS 8.3.2] gets 401 for everybody without a live session, and no identity header", () =>
      Effect.gen(function*() {
        const { identity, token } = yield* adaSignedIn
        const ended = yield* identity.signIn()
        yield* identity.send("DELETE", "/sessions/me", { headers: bearer(ended) })
        const spoofed = { "identity-account-id": "acct_1", "identity-aal": "2" }
        const all = [{}, bearer(ended), bearer(`${token}x`), cookie(ended), { authorization: "Basic YTpi" }]
        for (const headers of all) {
          for (const path of ["/authorize", "/authorize/x?redirect=1", "/authorize?redirect=1"]) {
            const answer = yield* identity.send("GET", path, { headers: { ...headers, ...spoofed } })
            assert.deepStrictEqual(codeOf(answer), [401, "session-required"])
            assert.strictEqual(answer.headers["www-authenticate"], "Bearer")
            assert.lengthOf(identityHeaders(answer), 0)
          }
        }
        const two = { ...bearer(token), ...cookie(yield* identity.signIn()) }
        assert.deepStrictEqual(codeOf(yield* identity.send("GET", "/authorize", { headers: two })), [
          400,
          "malformed-request"
        ])
      }))

    it.effect("has a navigation without a session sent to sign in, where it asks for that", () =>
      Effect.gen(function*() {
        const { identity, token } = yield* adaSignedIn
        const navigate = { "sec-fetch-mode": "navigate" }
        const sent = yield* identity.send("GET", "/authorize?redirect=1", { headers: navigate })
        assert.deepStrictEqual([sent.status, sent.headers["location"]], [302, SIGN_IN])
        const asked = { ...navigate, "identity-authorize": "redirect=1" }
        const trusted = yield* identity.send("GET", "/authorize/x", { headers: asked, from: GATEWAY })
        assert.strictEqual(trusted.status, 302)
        const weak = { ...navigate, ...bearer(token) }
        assert.strictEqual((yield* identity.send("GET", "/authorize?aal=2&redirect=1", { headers: weak })).status, 302)
        for (
          const [path, headers, from] of [
            ["/authorize", navigate, GATEWAY],
            ["/authorize?redirect=0", navigate, GATEWAY],
            ["/authorize?redirect=1", { "sec-fetch-mode": "cors" }, GATEWAY],
            ["/authorize/x?redirect=1", navigate, GATEWAY],
            ["/authorize/x", asked, STRANGER]
          ] as const
        ) {
          assert.strictEqual((yield* identity.send("GET", path, { headers, from })).status, 401)
        }
      }))

    it.effect("is refused a session that is weaker than it asks for", () =>
      Effect.gen(function*() {
        const { identity, token } = yield* adaSignedIn
        const headers = bearer(token)
        for (const [path, asked] of [["/authorize?aal=2", ""], ["/authorize/x", "aal=2"]] as const) {
          const answer = yield* identity.send("GET", path, {
            headers: { ...headers, ...(asked === "" ? {} : { "identity-authorize": asked }) },
            from: GATEWAY
          })
          assert.deepStrictEqual(codeOf(answer), [401, "reauthentication-required"])
          assert.match(
            answer.headers["www-authenticate"] ?? "",
            /^Bearer error="insufficient_user_authentication", .*acr_values="aal2"$/
          )
        }
        const unverified = yield* identity.send("GET", "/authorize?verified=1", { headers })
        assert.deepStrictEqual(codeOf(unverified), [403, "verification-required"])
        const fine = yield* identity.send("GET", "/authorize?aal=1&verified=0&redirect=0", { headers })
        assert.strictEqual(fine.status, 200)
      }))

    it.effect("is told of options that it misspells, so that no request passes unchecked", () =>
      Effect.gen(function*() {
        const { identity, token } = yield* adaSignedIn
        const headers = bearer(token)
        const misspelt = [
          "aal=3",
          "aal=",
          "AAL=2",
          "claims=phone",
          "claims=email,",
          "redirect=yes",
          "verified",
          "x=1",
          "constructor=1",
          "__proto__=1"
        ]
        for (const text of [...misspelt, "aal=2&aal=1"]) {
          const answer = yield* identity.send("GET", `/authorize?${text}`, { headers })
          assert.deepStrictEqual(codeOf(answer), [422, "validation-failed"], text)
        }
        const { json } = yield* identity.send("GET", "/authorize?claim/=email", { headers })
        assert.deepStrictEqual(json["errors"], [
          { pointer: "/claim~1", detail: "is no option: there are claims, aal, verified, redirect" }
        ])
        for (const text of [...misspelt, "aal=2; aal=1"]) {
          const sent = { headers: { ...headers, "identity-authorize": text } }
          const answer = yield* identity.send("GET", "/authorize/x", { ...sent, from: GATEWAY })
          assert.deepStrictEqual(codeOf(answer), [422, "validation-failed"], text)
          assert.strictEqual((yield* identity.send("GET", "/authorize/x", { ...sent, from: STRANGER })).status, 200)
        }
      }))

    it.effect("[ASVS 3.5.1] passes a cookie's unsafe request on from an allowed origin only, by the original method", () =>
      Effect.gen(function*() {
        const { identity, token } = yield* adaSignedIn
        const ask = (own: string, more: Record<string, string>, from?: string) =>
          Effect.map(
            identity.send(own, "/authorize", {
              headers: { ...cookie(token), ...more },
              ...(from === undefined ? {} : { from })
            }),
            ({ status }) => status
          )
        for (const name of ["x-original-method", "x-forwarded-method"]) {
          for (const origin of ["https://evil.example", "null", `${APP_ORIGIN}.evil.example`]) {
            const foreign = { origin, "sec-fetch-site": "cross-site" }
            for (const method of UNSAFE) {
              assert.strictEqual(yield* ask("GET", { ...foreign, [name]: method }, GATEWAY), 403, method)
              assert.strictEqual(yield* ask("GET", { [name]: method }, GATEWAY), 403, method)
            }
            for (const method of SAFE) {
              assert.strictEqual(yield* ask("GET", { ...foreign, [name]: method }, GATEWAY), 200)
              assert.strictEqual(yield* ask("POST", { ...foreign, [name]: method }, GATEWAY), 200)
              // A stranger's claim counts for nothing.
              assert.strictEqual(yield* ask("POST", { ...foreign, [name]: method }, STRANGER), 403)
            }
          }
          for (const own of [{ origin: APP_ORIGIN }, { "sec-fetch-site": "same-origin" }]) {
            assert.strictEqual(yield* ask("GET", { ...own, [name]: "DELETE" }, GATEWAY), 200)
          }
        }
        const bearing = { ...bearer(token), origin: "https://evil.example", "x-original-method": "POST" }
        assert.strictEqual(
          (yield* identity.send("GET", "/authorize", { headers: bearing, from: GATEWAY })).status,
          200
        )
      }))

    it.effect("[ASVS 3.5.1] passes a cookie's WebSocket on from an allowed origin only, although its method is GET", () =>
      Effect.gen(function*() {
        const { identity, token } = yield* adaSignedIn
        const { upgrade, ...keyOnly } = handshake
        for (const sent of [handshake, keyOnly, { upgrade }]) {
          for (const [origin, status] of [["https://evil.example", 403], [APP_ORIGIN, 200]] as const) {
            const headers = { ...cookie(token), ...sent, origin }
            assert.strictEqual((yield* identity.send("GET", "/authorize", { headers })).status, status)
          }
        }
      }))

    it.effect("[ASVS 15.3.7] is refused two original methods, unless a stranger claims them", () =>
      Effect.gen(function*() {
        const { identity, token } = yield* adaSignedIn
        for (
          const [original, forwarded, status] of [
            ["GET", "POST", 400],
            ["GET", "get", 400],
            ["GET, POST", undefined, 400],
            [undefined, "GET,POST", 400],
            ["GET", "GET", 200],
            ["GET, GET", undefined, 200]
          ] as const
        ) {
          const headers = {
            ...bearer(token),
            ...(original === undefined ? {} : { "x-original-method": original }),
            ...(forwarded === undefined ? {} : { "x-forwarded-method": forwarded })
          }
          assert.strictEqual((yield* identity.send("GET", "/authorize", { headers, from: GATEWAY })).status, status)
          assert.strictEqual((yield* identity.send("GET", "/authorize", { headers, from: STRANGER })).status, 200)
        }
      }))
  })
})
