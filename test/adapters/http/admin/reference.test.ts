/** The reference of the admin API, on the listener that has it. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { OpenApi } from "effect/http-api"
import { AdminApi } from "../../../../src/adapters/http/admin/AdminApi.ts"
import * as AdminRouter from "../../../../src/adapters/http/admin/AdminRouter.ts"
import { ListenerState } from "../../../../src/adapters/http/listener/ListenerState.ts"
import * as ManagementServer from "../../../../src/adapters/http/listener/ManagementServer.ts"
import { operationsOf } from "../../../../src/adapters/http/pages/Operations.ts"
import { healthyStore, managementListener, managementListenerWith } from "../../../support/RunningServer.ts"
import * as TestAdmin from "../../../support/TestAdmin.ts"
import { PUBLIC_URL, TestIdentity } from "../../../support/TestIdentity.ts"
import * as TestServices from "../../../support/TestServices.ts"

const document = OpenApi.fromApi(AdminApi)

const get = (path: string) =>
  Effect.flatMap(ManagementServer.ManagementAddress, ({ port }) =>
    Effect.promise(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } })
      return { status: answer.status, text: await answer.text() }
    }))

const around = Layer.mergeAll(TestServices.layer, ListenerState.layer, healthyStore)

const withAdmin = Layer.unwrap(
  Effect.map(AdminRouter.make, (admin) => managementListenerWith({ admin, host: "0.0.0.0" }))
)

layer(Layer.provide(withAdmin, around), { excludeTestServices: true })(
  "the reference of the admin API, on the management listener",
  (it) => {
    it.effect("is the document, and a page with every operation, its scope and a command, without a script", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          JSON.parse((yield* get("/admin/openapi.json")).text),
          JSON.parse(JSON.stringify(document))
        )
        const { text } = yield* get("/admin/docs")
        assert.include(text, "<pre>URL=http://127.0.0.1:0\n")
        for (const { id, scope } of operationsOf(document)) {
          const section = text.split(`<h3 id="${id}"`)[1]?.split("<h3 ")[0] ?? ""
          assert.include(section, `with the scope <code>${String(scope)}</code>`, id)
          assert.include(section, `<pre data-example="${id}">`)
          assert.include(section, "Bearer $KEY")
          assert.notInclude(section, "{id}\"")
        }
        assert.notMatch(text, /<script|<form|\$TOKEN|undefined/)
        const ids = Array.from(text.matchAll(/ id="([^"]+)"/g), ([, id]) => id)
        for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) assert.include(ids, target)
      }))

    it.effect("is where the first page of the listener leads", () =>
      Effect.gen(function*() {
        const { text } = yield* get("/")
        for (const [, path = ""] of text.matchAll(/href="(\/[^"]*)"/g)) {
          assert.notStrictEqual((yield* get(path)).status, 404)
        }
        for (const path of ["/docs", "/admin/docs", "/admin/openapi.json"]) assert.include(text, `href="${path}"`)
      }))
  }
)

layer(Layer.provide(managementListener, around), { excludeTestServices: true })(
  "the management listener without the admin API",
  (it) => {
    it.effect("has no reference of it, and no link to one", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* get("/admin/docs")).status, 404)
        assert.notInclude((yield* get("/")).text, "admin")
      }))
  }
)

layer(TestAdmin.layer)("the public listener with the admin API", (it) => {
  it.effect("has its reference", () =>
    Effect.gen(function*() {
      const { send } = yield* TestIdentity
      const { status, text } = yield* send("GET", "/admin/docs")
      assert.strictEqual(status, 200)
      assert.include(text, `<pre>URL=${PUBLIC_URL}\n`)
    }))
})
