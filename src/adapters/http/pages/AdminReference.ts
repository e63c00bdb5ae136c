/** `/admin/openapi.json` and the reference of the admin API at `/admin/docs`, on the listener that has that API. */
import { HttpRouter } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { OpenApi } from "effect/http-api"
import { AdminApi } from "../admin/AdminApi.ts"
import { html, jsonDocument, onDemand, servedCompressed } from "./Pages.ts"
import { referencePage } from "./ReferencePages.ts"

/** The address of the API, as a shell knows it: a listener doesn't know by which address its callers reach it. */
const ADDRESS = "$URL"

/** `url` is where this listener is. Problems have their pages at `publicUrl`. */
export const make = (url: string, publicUrl: string) =>
  servedCompressed(
    HttpRouter.route("GET", "/admin/openapi.json", onDemand(() => jsonDocument(OpenApi.fromApi(AdminApi)))),
    HttpRouter.route("GET", "/admin/docs", onDemand(() => adminPage(url, publicUrl)))
  )

const adminPage = (url: string, publicUrl: string): HttpServerResponse.HttpServerResponse =>
  referencePage({ document: OpenApi.fromApi(AdminApi), url: ADDRESS, problemsUrl: publicUrl, canTry: false }, {
    openapi: "/admin/openapi.json",
    chapters: [{
      id: "commands",
      title: "In a shell",
      body: [html`<p>Make a key, and say where this listener is. The commands below use both:</p>
<pre>URL=${url}
KEY=$(identity create-api-key --name Shell --scope accounts:read --expires 1d --quiet)</pre>
<p>An API key goes into <code>Authorization: Bearer</code>. Sessions open nothing here.</p>`]
    }]
  })
