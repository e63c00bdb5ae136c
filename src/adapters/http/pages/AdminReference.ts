/** `/admin/openapi.json` and the reference of the admin API at `/admin/docs`, on the listener that has that API. */
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { OpenApi } from "effect/http-api"
import { AdminApi } from "../admin/AdminApi.ts"
import type { ServedRoute } from "../exchange/RouteTable.ts"
import { compressing, html, sharedResponse } from "./Pages.ts"
import { referencePage } from "./ReferencePages.ts"

export const adminReferenceRoutes: ReadonlyArray<ServedRoute> = [
  { method: "GET", path: "/admin/docs", takesBody: false },
  { method: "GET", path: "/admin/openapi.json", takesBody: false }
]

/** The address of the API, as a shell knows it: a listener doesn't know by which address its callers reach it. */
const ADDRESS = "$URL"

/** `url` is where this listener is. Problems have their pages at `publicUrl`. */
export const layer = (url: string, publicUrl: string) =>
  Layer.unwrap(Effect.gen(function*() {
    const json = yield* Effect.cached(
      Effect.sync(() => sharedResponse(JSON.stringify(OpenApi.fromApi(AdminApi)), { contentType: "application/json" }))
    )
    const docs = yield* Effect.cached(Effect.sync(() => adminPage(url, publicUrl)))
    const compressed = yield* compressing
    return Layer.mergeAll(
      HttpRouter.add("GET", "/admin/openapi.json", compressed(json)),
      HttpRouter.add("GET", "/admin/docs", compressed(docs))
    )
  }))

const adminPage = (url: string, publicUrl: string): HttpServerResponse.HttpServerResponse =>
  referencePage({ document: OpenApi.fromApi(AdminApi), url: ADDRESS, problemsUrl: publicUrl, canTry: false }, {
    openapi: "/admin/openapi.json",
    chapters: [{
      id: "commands",
      title: "In a shell",
      body: html`<p>Make a key, and say where this listener is. The commands below use both:</p>
<pre>URL=${url}
KEY=$(identity create-api-key --name Shell --scope accounts:read --expires 1d --quiet)</pre>
<p>An API key goes into <code>Authorization: Bearer</code>. Sessions open nothing here.</p>`
    }]
  })
