/** What programs are told about a token at `POST /introspect` of the management listener (RFC 7662). */
import { assert, it, layer } from "@effect/vitest"
import { Context, DateTime, Effect, Layer, Option, Redacted } from "effect"
import { ListenerState } from "../../../src/adapters/http/listener/ListenerState.ts"
import { ManagementAddress } from "../../../src/adapters/http/listener/ManagementServer.ts"
import * as MemoryStores from "../../../src/adapters/memory/MemoryStores.ts"
import { Accounts } from "../../../src/domain/accounts/Accounts.ts"
import { SecondFactorPolicy } from "../../../src/domain/factors/SecondFactorPolicy.ts"
import { StoreUnavailable } from "../../../src/domain/model/IdentityErrors.ts"
import { Session } from "../../../src/domain/model/Session.ts"
import { Sessions } from "../../../src/domain/sessions/Sessions.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { knowing } from "../../support/machines.ts"
import { valuesBy, withOwnMetrics } from "../../support/metrics.ts"
import { signedIn } from "../../support/people.ts"
import { bothListening, healthyStore, managementListener } from "../../support/RunningServer.ts"
import { changing } from "../../support/stores.ts"
import * as TestServices from "../../support/TestServices.ts"

const FORM = "application/x-www-form-urlencoded"

/** Whether the store is away. */
class Outage extends Context.Service<Outage, { isOn: boolean }>()("identityd/test/introspection/Outage") {
  static readonly layer = Layer.sync(Outage, () => ({ isOn: false }))
}

/** A management listener over sessions that are found otherwise. */
const listenerFinding = (change: (store: SessionStore["Service"]) => SessionStore["Service"]["findSession"]) =>
  managementListener.pipe(
    Layer.provideMerge(
      TestServices.servicesOver(
        TestServices.cheapHasher,
        Layer.provideMerge(
          changing(SessionStore, (store) => ({ findSession: change(store) })),
          MemoryStores.layer
        )
      )
    ),
    Layer.provide([ListenerState.layer, healthyStore])
  )

const listener = Layer.unwrap(
  Effect.map(
    Outage,
    (outage) =>
      listenerFinding(({ findSession }) => (id) => outage.isOn ? Effect.fail(new StoreUnavailable()) : findSession(id))
  )
).pipe(Layer.provideMerge(Outage.layer))

const post = (port: number, body: string, headers: Readonly<Record<string, string>> = {}, method = "POST") =>
  Effect.promise(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/introspect`, {
      method,
      headers: { "content-type": FORM, connection: "close", ...headers },
      ...(method === "GET" ? {} : { body })
    })
    const json: unknown = JSON.parse(await response.text())
    return { status: response.status, headers: response.headers, json }
  })

const introspect = (body: string, headers?: Readonly<Record<string, string>>, method?: string) =>
  Effect.flatMap(ManagementAddress, ({ port }) => post(port, body, headers, method))

const seconds = (instant: DateTime.Utc) => Math.floor(DateTime.toEpochMillis(instant) / 1000)

layer(listener, { excludeTestServices: true })("POST /introspect", (it) => {
  it.effect("says of a live session whose it is, since when and until when", () =>
    Effect.gen(function*() {
      const { account, session, token } = yield* signedIn
      const { headers, json, status } = yield* introspect(
        `token=${Redacted.value(token)}&token_type_hint=access_token&resource=orders`
      )
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("content-type"), "application/json")
      assert.strictEqual(headers.get("cache-control"), "no-store")
      assert.deepStrictEqual(json, {
        active: true,
        token_type: "Bearer",
        sub: account.id,
        sid: session.id,
        iat: seconds(session.createdAt),
        exp: seconds(session.expiresAt),
        auth_time: seconds(session.authenticatedAt),
        acr: "aal1",
        amr: ["pwd"]
      })
    }))

  it.effect("[ASVS 7.4.1] says of a token that isn't surely good no more than that", () =>
    Effect.gen(function*() {
      const sessions = yield* Sessions
      const [ended, revoked, disabled] = [yield* signedIn, yield* signedIn, yield* signedIn]
      yield* sessions.signOut(ended.session)
      yield* sessions.revokeAll(revoked.account.id)
      yield* (yield* Accounts).disable(disabled.account.id)
      const good = Redacted.value((yield* signedIn).token)
      const tokens = [ended, revoked, disabled].map(({ token }) => Redacted.value(token))
      const spellings = [`${good}.`, `%20${good}`, good.toUpperCase(), good.slice(0, -1), `Bearer+${good}`]
      for (const token of [...tokens, ...spellings, "none", "%00", "%ff%fe", "x".repeat(10_000)]) {
        const { headers, json, status } = yield* introspect(`token=${token}`)
        assert.deepStrictEqual([status, json], [200, { active: false }], token)
        assert.strictEqual(headers.get("cache-control"), "no-store")
      }
    }))

  it.effect("[ASVS 16.5.3] says while the store is away that it can't tell, and never that somebody is signed out", () =>
    Effect.gen(function*() {
      const outage = yield* Outage
      const { token } = yield* signedIn
      outage.isOn = true
      const { headers, json, status } = yield* Effect.ensuring(
        introspect(`token=${Redacted.value(token)}`),
        Effect.sync(() => {
          outage.isOn = false
        })
      )
      assert.strictEqual(status, 503)
      assert.strictEqual(headers.get("retry-after"), "1")
      assert.propertyVal(json, "code", "unavailable")
      assert.notProperty(json, "active")
    }))

  it.effect.each(
    [
      ["no token", "", {}, 422, "validation-failed"],
      ["an empty token", "token=", {}, 422, "validation-failed"],
      ["two tokens", "token=a&token=b", {}, 400, "malformed-request"],
      ["the same token twice", "token=a&token=a", {}, 400, "malformed-request"],
      ["two hints", "token=a&token_type_hint=b&token_type_hint=b", {}, 400, "malformed-request"],
      [
        "more parameters than a request can have",
        Array.from({ length: 33 }, (_, index) => `a${index}`).join("&") + "&token=a",
        {},
        400,
        "malformed-request"
      ],
      ["JSON", "{\"token\":\"a\"}", { "content-type": "application/json" }, 415, "unsupported-media-type"],
      ["plain text", "token=a", { "content-type": "text/plain" }, 415, "unsupported-media-type"],
      ["another encoding", "token=a", { "content-type": `${FORM}; charset=utf-16` }, 415, "unsupported-media-type"],
      ["a compressed form", "token=a", { "content-encoding": "gzip" }, 415, "unsupported-media-type"],
      ["more than 64 KiB", `token=${"a".repeat(64 * 1024)}`, {}, 413, "payload-too-large"]
    ] as const
  )("refuses %s", ([, body, headers, expected, code]) =>
    Effect.gen(function*() {
      const { json, status } = yield* introspect(body, headers)
      assert.strictEqual(status, expected)
      assert.propertyVal(json, "code", code)
    }))

  it.effect("takes a form whose character set is named", () =>
    Effect.gen(function*() {
      const { status } = yield* introspect("token=a", { "content-type": `${FORM};charset=UTF-8` })
      assert.strictEqual(status, 200)
    }))

  it.effect("[ASVS 14.2.1] reads no token anywhere but in the body", () =>
    Effect.gen(function*() {
      const { port } = yield* ManagementAddress
      const token = Redacted.value((yield* signedIn).token)
      const response = yield* Effect.promise(() =>
        fetch(`http://127.0.0.1:${port}/introspect?token=${token}`, {
          method: "POST",
          headers: { "content-type": FORM, authorization: `Bearer ${token}`, connection: "close" }
        })
      )
      assert.strictEqual(response.status, 422)
      const { headers, status } = yield* introspect("", {}, "GET")
      assert.deepStrictEqual([status, headers.get("allow")], [405, "POST, OPTIONS"])
    }))
})

it.live("an introspection says how strongly the holder of a session has proved who they are", () =>
  Effect.gen(function*() {
    const { token } = yield* signedIn
    const { json } = yield* introspect(`token=${Redacted.value(token)}`)
    assert.propertyVal(json, "acr", "aal2")
    assert.deepPropertyVal(json, "amr", ["pwd", "otp", "mfa"])
  }).pipe(Effect.provide(
    listenerFinding(({ findSession }) => (id) =>
      Effect.map(
        findSession(id),
        Option.map(({ account, session }) => ({
          account,
          session: Session.make({ ...session, aal: 2, amr: ["pwd", "otp", "mfa"] })
        }))
      )
    ).pipe(Layer.provide(Layer.succeed(SecondFactorPolicy, "required")))
  )))

it.live("[ASVS 6.3.3] a session without the second factor that everybody needs is not surely good", () =>
  Effect.gen(function*() {
    const { token } = yield* signedIn
    assert.deepStrictEqual((yield* introspect(`token=${Redacted.value(token)}`)).json, { active: false })
  }).pipe(Effect.provide(
    listener.pipe(Layer.provide(Layer.succeed(SecondFactorPolicy, "required"))),
    { local: true }
  )))

it.live("introspections are counted by outcome", () =>
  Effect.gen(function*() {
    const { token } = yield* signedIn
    for (const body of [`token=${Redacted.value(token)}`, "token=a", "token=b", "token=a&token=b"]) {
      yield* introspect(body)
    }
    assert.deepStrictEqual(yield* valuesBy("outcome", "identity_introspections_total"), {
      active: 1,
      inactive: 2,
      "malformed-request": 1
    })
  }).pipe(Effect.provide(listener, { local: true }), withOwnMetrics))

it.live("[ASVS 13.4.5] nobody introspects at the public listener, nor before the store's time is known", () =>
  Effect.gen(function*() {
    const { managementPort, port } = yield* bothListening(Layer.merge(TestServices.layer, knowing(() => "unknown")))
    assert.strictEqual((yield* post(port, "token=a")).status, 404)
    assert.strictEqual((yield* post(managementPort, "token=a")).status, 503)
  }))
