/** What somebody sees who opens the service's address: what this is, and where to read on. */
import { HttpRouter } from "effect/http"
import type { ServedRoute } from "../exchange/RouteTable.ts"
import { html, page } from "./Pages.ts"

export const frontRoutes: ReadonlyArray<ServedRoute> = [{ method: "GET", path: "/", takesBody: false }]

/** Served where the reference is, to which it leads. */
export const layer = (publicUrl: string) =>
  HttpRouter.add(
    "GET",
    "/",
    page({
      title: "identity",
      body: html`<p>This service keeps accounts and sessions: programs sign people up, in and out over HTTP.</p>
<ul>
<li><a href="${publicUrl}/docs">API reference</a></li>
<li><a href="${publicUrl}/openapi.json">The same for programs, as OpenAPI</a></li>
<li><a href="${publicUrl}/problems">Every kind of refusal</a></li>
</ul>`
    })
  )
