import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { ADA, bearer, TestIdentity } from "../../support/TestIdentity.ts"
import * as TestServices from "../../support/TestServices.ts"

const BASE = "https://api.example.com/id"

const behindPath = TestIdentity.layerOver({ publicUrl: BASE }).pipe(Layer.provide(TestServices.layer))

describe("with a path in the public URL, behind a proxy that takes it off", () => {
  it.effect("Location, Link and the type of a problem begin with it", () =>
    Effect.gen(function*() {
      const { send, signUp } = yield* TestIdentity
      assert.strictEqual((yield* signUp()).headers["location"], `${BASE}/accounts/me`)
      const json = { email: ADA.email, password: ADA.password }
      const started = yield* send("POST", "/sessions", { json })
      assert.strictEqual(started.headers["location"], `${BASE}/sessions/me`)
      yield* send("POST", "/sessions", { json })
      const list = yield* send("GET", "/sessions?limit=1", { headers: bearer(String(started.json["token"])) })
      assert.match(list.headers["link"] ?? "", new RegExp(`^<${BASE}/sessions\\?`))
      const { json: problem } = yield* send("GET", "/sessions/me")
      assert.strictEqual(problem["type"], `${BASE}/problems/session-required`)
    }).pipe(Effect.provide(behindPath)))

  it.effect("so do the links of all pages, and the server of the API's description", () =>
    Effect.gen(function*() {
      const { send } = yield* TestIdentity
      const pages = yield* Effect.forEach(
        ["/", "/docs", "/problems", "/problems/not-found"],
        (path) => send("GET", path)
      )
      assert.include(pages[0]?.text, `href="${BASE}/docs"`)
      const links = pages.flatMap(({ text }) => [...text.matchAll(/ href="([^"#]*)"/g)].map(([, link = ""]) => link))
      assert.deepStrictEqual(links.filter((link) => !/^(?:data:,)?$/.test(link) && !link.startsWith(`${BASE}/`)), [])
      assert.include(links, `${BASE}/openapi.json`)
      assert.include(links, `${BASE}/problems/not-found`)
      assert.deepStrictEqual((yield* send("GET", "/openapi.json")).json["servers"], [{ url: BASE }])
    }).pipe(Effect.provide(behindPath)))
})
