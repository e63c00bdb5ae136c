/** The pages at the service's addresses: what it is, and where to read on. */
import { HttpRouter } from "effect/http"
import { served } from "../exchange/RouteTable.ts"
import { html, page } from "./Pages.ts"

/** Served on the same listener as the reference, which it links to. */
export const make = (publicUrl: string) =>
  served(HttpRouter.route(
    "GET",
    "/",
    page({
      title: "identity",
      body:
        html`<p>This service keeps accounts and sessions. Programs use it over HTTP to sign people up, in and out.</p>
<ul>
<li><a href="${publicUrl}/docs">API reference</a></li>
<li><a href="${publicUrl}/openapi.json">The same for programs, as OpenAPI</a></li>
<li><a href="${publicUrl}/problems">Every kind of refusal</a></li>
</ul>`
    })
  ))

/** The first page of the management listener. */
export const makeForOperators = ({ hasAdminApi }: { readonly hasAdminApi: boolean }) =>
  served(HttpRouter.route(
    "GET",
    "/",
    page({
      title: "identity, for its operators",
      body: html`<ul>
<li><a href="/livez">Whether the process lives</a>, and <a href="/readyz">whether it serves</a></li>
<li><a href="/metrics">Metrics</a></li>
<li><a href="/docs">Reference of the public API</a></li>
${
        hasAdminApi
          ? html`<li><a href="/admin/docs">Reference of the admin API</a>, and <a href="/admin/openapi.json">the same for
programs</a></li>`
          : []
      }
</ul>`
    })
  ))
