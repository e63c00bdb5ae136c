/** What becomes of a gateway's question when there is nothing to send to, nothing to ask, and how it is counted. */
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as MemoryStores from "../../../../src/adapters/memory/MemoryStores.ts"
import { StoreUnavailable } from "../../../../src/domain/model/IdentityErrors.ts"
import { SessionStore } from "../../../../src/ports/SessionStore.ts"
import { valuesBy, withOwnMetrics } from "../../../support/metrics.ts"
import { changing } from "../../../support/stores.ts"
import { adaSignedIn, bearer, ownCookie, TestIdentity } from "../../../support/TestIdentity.ts"
import { cheapHasher, servicesOver } from "../../../support/TestServices.ts"

it.effect("a navigation is not sent anywhere when no sign-in page is configured", () =>
  Effect.gen(function*() {
    const { identity } = yield* adaSignedIn
    const headers = { "sec-fetch-mode": "navigate" }
    assert.strictEqual((yield* identity.send("GET", "/authorize?redirect=1", { headers })).status, 401)
  }).pipe(Effect.provide(TestIdentity.layer)))

it.effect("[ASVS 16.5.3] a gateway gets 503 while the store is away, for requests that carry a token only", () =>
  Effect.gen(function*() {
    const { token } = yield* adaSignedIn.pipe(Effect.provide(TestIdentity.layer, { local: true }))
    const identity = yield* TestIdentity
    const answer = yield* identity.send("GET", "/authorize?redirect=1", {
      headers: { ...bearer(token), "sec-fetch-mode": "navigate" }
    })
    assert.deepStrictEqual([answer.status, answer.json["code"]], [503, "unavailable"])
    assert.strictEqual(answer.headers["retry-after"], "1")
    assert.strictEqual((yield* identity.send("GET", "/authorize")).status, 401)
  }).pipe(Effect.provide(
    TestIdentity.layerOver({ signInUrl: "https://app.example/sign-in" }).pipe(Layer.provide(servicesOver(
      cheapHasher,
      Layer.provideMerge(
        changing(SessionStore, () => ({ findSession: () => Effect.fail(new StoreUnavailable()) })),
        MemoryStores.layer
      )
    )))
  )))

it.effect("authorizations are counted by outcome", () =>
  Effect.gen(function*() {
    const { identity, token } = yield* adaSignedIn
    const ask = (query: string, headers: Record<string, string>) =>
      identity.send("POST", `/authorize${query}`, { headers })
    yield* ask("", bearer(token))
    yield* ask("?claims=name", bearer(token))
    yield* ask("", {})
    yield* ask("?aal=2", bearer(token))
    yield* ask("?verified=1", bearer(token))
    yield* ask("?aal=4", bearer(token))
    yield* ask("", { cookie: ownCookie(token).cookie })
    assert.deepStrictEqual(yield* valuesBy("outcome", "identity_authorizations_total"), {
      allowed: 2,
      "session-required": 1,
      "reauthentication-required": 1,
      "verification-required": 1,
      "validation-failed": 1,
      "origin-not-allowed": 1
    })
  }).pipe(Effect.provide(TestIdentity.layer), withOwnMetrics))
