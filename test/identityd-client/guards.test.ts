/** The guards of `identityd-client` in the real frameworks, on the oldest Node, attacked. */
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { once } from "node:events"
import { request } from "node:http"
import type { IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import { areAbsent, compiled, published, started } from "./Package.ts"
import { APPLICATION, EVIL, Service, signedIn, UNSAFE } from "./Service.ts"

const FRAMEWORKS = ["express", "fastify", "hono", "node"] as const

/** Where the applications listen. */
class Applications extends Context.Service<Applications, ReadonlyMap<string, string>>()(
  "identityd/test/identityd-client/guards/Applications"
) {
  static readonly layer = Layer.effect(
    Applications,
    Effect.gen(function*() {
      const { url } = yield* Service
      const { project } = yield* published
      yield* compiled(project, ...FRAMEWORKS)
      const listening = yield* Effect.forEach(
        FRAMEWORKS,
        (name) => Effect.map(started(project, name, url), (address) => [name, address] as const),
        { concurrency: "unbounded" }
      )
      return new Map(listening)
    })
  )
}

/** Sends what a browser may send. `fetch` would choose `Sec-Fetch-Mode` itself. */
const send = (framework: string, line: string, headers: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(Applications, (applications) =>
    Effect.promise(async () => {
      const [method = "", path = ""] = line.split(" ")
      const answered: Promise<ReadonlyArray<IncomingMessage>> = once(
        request(`${applications.get(framework)}${path}`, { method, headers, agent: false }).end(),
        "response"
      )
      const [response] = await answered
      assert.isDefined(response)
      const body = await text(response)
      const isProblem = /^application\/problem\+json(?:;|$)/.test(response.headers["content-type"] ?? "")
      return {
        status: response.statusCode,
        headers: new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
        text: body,
        code: isProblem ? JSON.parse(body).code : ""
      }
    }))

describe.skipIf(areAbsent)("A guard", () => {
  layer(Layer.provideMerge(Applications.layer, Service.layer), { excludeTestServices: true, timeout: "60 seconds" })(
    (it) => {
      it.effect.each(FRAMEWORKS)(
        "in %s lets good sessions through, and the application knows whose they are",
        (framework) =>
          Effect.gen(function*() {
            const { account, bearer, cookie } = yield* signedIn
            for (const headers of [bearer, { ...cookie, origin: APPLICATION }]) {
              for (const method of ["GET", ...UNSAFE]) {
                const { status, text } = yield* send(framework, `${method} /orders`, headers)
                assert.deepStrictEqual([status, text], [200, account.id], method)
              }
            }
            assert.strictEqual((yield* send(framework, "GET /pages", cookie)).text, account.id)
          })
      )

      it.effect.each(FRAMEWORKS)(
        "in %s turns everybody else away, with a problem",
        (framework) =>
          Effect.gen(function*() {
            for (const headers of [{}, { authorization: "Bearer forged" }]) {
              const { code, headers: sent, status } = yield* send(framework, "GET /orders", headers)
              assert.deepStrictEqual([status, code], [401, "session-required"])
              assert.match(sent.get("www-authenticate") ?? "", /^Bearer/)
              assert.strictEqual(sent.get("cache-control"), "no-store")
            }
            const { bearer } = yield* signedIn
            const { code, status } = yield* send(framework, "GET /verified", bearer)
            assert.deepStrictEqual([status, code], [403, "verification-required"])
          })
      )

      it.effect.each(FRAMEWORKS)(
        "[ASVS 3.5.1] in %s turns away what other sites' pages send by cookie to change something",
        (framework) =>
          Effect.gen(function*() {
            const { cookie } = yield* signedIn
            for (const method of UNSAFE) {
              for (const origin of [{ origin: EVIL }, { "sec-fetch-site": "cross-site" }, {}]) {
                const { code, status } = yield* send(framework, `${method} /orders`, { ...cookie, ...origin })
                assert.deepStrictEqual([status, code], [403, "origin-not-allowed"], method)
              }
            }
          })
      )

      it.effect.each(FRAMEWORKS)(
        "[ASVS 8.3.2] in %s turns away a session that was revoked a moment ago, and clears its cookie",
        (framework) =>
          Effect.gen(function*() {
            const { account, cookie } = yield* signedIn
            assert.strictEqual((yield* send(framework, "GET /orders", cookie)).status, 200)
            yield* Effect.flatMap(Sessions, ({ revokeAll }) => revokeAll(account.id))
            const { headers, status } = yield* send(framework, "GET /orders", cookie)
            assert.strictEqual(status, 401)
            assert.match(headers.get("set-cookie") ?? "", /^__Host-identity-session=;/)
          })
      )

      it.effect.each(FRAMEWORKS)(
        "in %s sends navigations to sign in, and nothing else",
        (framework) =>
          Effect.gen(function*() {
            const { headers, status } = yield* send(framework, "GET /pages", { "sec-fetch-mode": "navigate" })
            assert.deepStrictEqual([status, headers.get("location")], [302, "/sign-in"])
            assert.strictEqual((yield* send(framework, "GET /pages")).status, 401)
            assert.strictEqual((yield* send(framework, "GET /orders", { "sec-fetch-mode": "navigate" })).status, 401)
          })
      )

      it.effect.each(FRAMEWORKS)(
        "in %s answers 503 while the store is away or the service can't be reached",
        (framework) =>
          Effect.gen(function*() {
            const { bearer } = yield* signedIn
            const { faults, network } = yield* Service
            const isAway = Effect.gen(function*() {
              const { code, headers, status } = yield* send(framework, "GET /pages", {
                ...bearer,
                "sec-fetch-mode": "navigate"
              })
              assert.deepStrictEqual([status, code, headers.get("retry-after")], [503, "unavailable", "1"])
            })
            faults.isStoreAway = true
            yield* Effect.ensuring(isAway, Effect.sync(() => faults.isStoreAway = false))
            yield* network.begin({ kind: "resetting" })
            yield* Effect.ensuring(isAway, network.end)
            assert.strictEqual((yield* send(framework, "GET /orders", bearer)).status, 200)
          })
      )

      it.effect.each(FRAMEWORKS.filter((framework) => framework !== "node"))(
        "in %s that was forgotten fails, and lets nobody pass for signed in",
        (framework) =>
          Effect.gen(function*() {
            const { bearer } = yield* signedIn
            assert.strictEqual((yield* send(framework, "GET /forgotten", bearer)).status, 500)
          })
      )
    }
  )
})
