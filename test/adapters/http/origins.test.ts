import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SESSION_COOKIE } from "../../../src/adapters/http/api/Authentication.ts"
import { ADA, APP_ORIGIN, bearer, PUBLIC_URL, TestIdentity } from "../../support/TestIdentity.ts"

const EVIL = "https://evil.example"

const sites = [undefined, "none", "same-origin", "same-site", "cross-site"] as const
const origins = [undefined, PUBLIC_URL, APP_ORIGIN, EVIL, "null", `${APP_ORIGIN}.evil.example`] as const

const whereFrom = (site: string | undefined, origin: string | undefined) => ({
  ...(site === undefined ? {} : { "sec-fetch-site": site }),
  ...(origin === undefined ? {} : { origin })
})

const combinations = sites.flatMap((site) => origins.map((origin) => ({ site, origin })))

/** The rule in a second form: the list of requests that may use a cookie. */
const mayAct = (site: string | undefined, origin: string | undefined): boolean =>
  ["none", "same-origin"].includes(String(site)) || [PUBLIC_URL, APP_ORIGIN].includes(String(origin))

/** All other requests that use a cookie, with their status from an allowed origin. */
const changes: ReadonlyArray<{
  readonly method: string
  readonly path: string
  readonly json?: unknown
  readonly status: number
}> = [
  { method: "PATCH", path: "/accounts/me", json: { display_name: "Countess" }, status: 200 },
  {
    method: "PUT",
    path: "/accounts/me/password",
    json: { current_password: ADA.password, new_password: "a whole new password" },
    status: 200
  },
  { method: "DELETE", path: "/accounts/me", json: { current_password: ADA.password }, status: 204 },
  { method: "DELETE", path: "/sessions", status: 204 },
  { method: "DELETE", path: `/sessions/ses_${"0".repeat(25)}`, status: 404 }
]

const signedIn = Effect.gen(function*() {
  const identity = yield* TestIdentity
  yield* identity.signUp()
  const token = yield* identity.signIn()
  return { identity, token, cookie: { cookie: `${SESSION_COOKIE}=${token}` } }
})

describe("[ASVS 3.5.1] by cookie", () => {
  layer(TestIdentity.layer)((it) => {
    it.effect.each(combinations)(
      "a request that changes something, from $site and $origin",
      ({ origin, site }) =>
        Effect.gen(function*() {
          const { cookie, identity } = yield* signedIn
          const headers = { ...cookie, ...whereFrom(site, origin) }
          const answer = yield* identity.send("DELETE", "/sessions/me", { headers })
          assert.strictEqual(answer.status, mayAct(site, origin) ? 204 : 403)
          if (answer.status === 403) assert.strictEqual(answer.json["code"], "origin-not-allowed")
          const after = yield* identity.send("GET", "/sessions/me", { headers: cookie })
          assert.strictEqual(after.status, mayAct(site, origin) ? 401 : 200)
        })
    )
  })

  it.effect.each(changes)(
    "$method $path changes nothing from elsewhere, and does from an allowed page",
    ({ json, method, path, status }) =>
      Effect.gen(function*() {
        const { cookie, identity } = yield* signedIn
        const from = (headers: Readonly<Record<string, string>>) =>
          identity.send(method, path, {
            ...(json === undefined ? {} : { json }),
            headers: { ...cookie, ...headers, "if-match": "\"1\"" }
          })
        for (const headers of [{}, whereFrom("same-site", undefined), whereFrom("cross-site", EVIL)]) {
          const answer = yield* from(headers)
          assert.deepStrictEqual([answer.status, answer.json["code"]], [403, "origin-not-allowed"])
        }
        const after = yield* identity.send("GET", "/accounts/me", { headers: cookie })
        assert.strictEqual(after.json["version"], 1)
        const signIn = { email: ADA.email, password: ADA.password }
        assert.strictEqual((yield* identity.send("POST", "/sessions", { json: signIn })).status, 201)
        assert.strictEqual((yield* from(whereFrom("cross-site", APP_ORIGIN))).status, status)
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect("a request that only reads may come from anywhere", () =>
    Effect.gen(function*() {
      const { cookie, identity } = yield* signedIn
      for (const { origin, site } of combinations) {
        for (const method of ["GET", "HEAD"]) {
          const headers = { ...cookie, ...whereFrom(site, origin) }
          assert.strictEqual((yield* identity.send(method, "/sessions/me", { headers })).status, 200)
        }
      }
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("[login CSRF] only an allowed page, or who says nothing of where they are, is given a cookie", () =>
    Effect.gen(function*() {
      const { identity } = yield* signedIn
      for (const { origin, site } of combinations) {
        const answer = yield* identity.send("POST", "/sessions", {
          json: { email: ADA.email, password: ADA.password, transport: "cookie" },
          headers: whereFrom(site, origin)
        })
        const isGiven = (site === undefined && origin === undefined) || mayAct(site, origin)
        assert.strictEqual(answer.status, isGiven ? 201 : 403, `from ${site} and ${origin}`)
        assert.strictEqual("set-cookie" in answer.headers, isGiven)
      }
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect("a foreign page learns nothing of whether the cookie is good", () =>
    Effect.gen(function*() {
      const { cookie, identity } = yield* signedIn
      const headers = { origin: EVIL, "x-request-id": "same" }
      const good = yield* identity.send("DELETE", "/sessions/me", { headers: { ...headers, ...cookie } })
      const bad = yield* identity.send("DELETE", "/sessions/me", {
        headers: { ...headers, cookie: `${SESSION_COOKIE}=nonsense` }
      })
      assert.strictEqual(good.text, bad.text)
    }).pipe(Effect.provide(TestIdentity.layer)))
})

it.effect("by bearer token it does not matter where a request comes from", () =>
  Effect.gen(function*() {
    const { identity } = yield* signedIn
    for (const { origin, site } of combinations) {
      const headers = { ...bearer(yield* identity.signIn()), ...whereFrom(site, origin) }
      assert.strictEqual((yield* identity.send("DELETE", "/sessions/me", { headers })).status, 204)
    }
  }).pipe(Effect.provide(TestIdentity.layer)))

layer(TestIdentity.layer)("[ASVS 3.4.2] CORS", (it) => {
  const preflight = (origin: string) => ({
    headers: { origin, "access-control-request-method": "DELETE", "access-control-request-headers": "authorization" }
  })

  it.effect.each([PUBLIC_URL, APP_ORIGIN])(
    "lets pages of %s ask and read, with credentials",
    (origin) =>
      Effect.gen(function*() {
        const identity = yield* TestIdentity
        const asked = yield* identity.send("OPTIONS", "/sessions/me", preflight(origin))
        assert.strictEqual(asked.status, 204)
        assert.strictEqual(asked.headers["access-control-allow-origin"], origin)
        assert.strictEqual(asked.headers["access-control-allow-credentials"], "true")
        assert.include(asked.headers["access-control-allow-methods"] ?? "", "DELETE")
        for (const name of ["authorization", "traceparent", "tracestate", "baggage"]) {
          assert.include(asked.headers["access-control-allow-headers"] ?? "", name)
        }
        assert.include(asked.headers["vary"] ?? "", "Origin")
        const read = yield* identity.send("GET", "/sessions/me", { headers: { origin } })
        assert.strictEqual(read.headers["access-control-allow-origin"], origin)
        assert.include(read.headers["access-control-expose-headers"] ?? "", "x-request-id")
        assert.include(read.headers["vary"] ?? "", "Origin")
      })
  )

  it.effect.each([EVIL, "null", `${APP_ORIGIN}:8443`, APP_ORIGIN.toUpperCase(), "*"])(
    "says nothing to pages of %s",
    (origin) =>
      Effect.gen(function*() {
        const identity = yield* TestIdentity
        for (const [method, sent] of [["OPTIONS", preflight(origin)], ["GET", { headers: { origin } }]] as const) {
          const answer = yield* identity.send(method, "/sessions/me", sent)
          const names = Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"))
          assert.deepStrictEqual(names, [])
          assert.include(answer.headers["vary"] ?? "", "Origin")
        }
      })
  )

  it.effect("reaches refusals too, so that a page can read them", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const answer = yield* identity.send("GET", "/nowhere", { headers: { origin: APP_ORIGIN } })
      assert.strictEqual(answer.headers["access-control-allow-origin"], APP_ORIGIN)
    }))
})
