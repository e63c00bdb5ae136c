/**
 * `/openapi.json` and the API reference at `/docs`.
 */
import { Effect, Layer, Predicate } from "effect"
import { HttpRouter } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { OpenApi } from "effect/http-api"
import { IdentityApi } from "../api/IdentityApi.ts"
import type { ServedRoute } from "../exchange/RouteTable.ts"
import { compressing, html, page, sharedResponse } from "./Pages.ts"
import type { Html } from "./Pages.ts"

export const referenceRoutes: ReadonlyArray<ServedRoute> = [
  { method: "GET", path: "/docs", takesBody: false },
  { method: "GET", path: "/openapi.json", takesBody: false }
]

/** What `publicUrl` leads to, wherever these pages are read. */
export const layer = (publicUrl: string) =>
  Layer.unwrap(Effect.gen(function*() {
    const json = yield* Effect.cached(
      Effect.sync(() => sharedResponse(JSON.stringify(servedAt(publicUrl)), { contentType: "application/json" }))
    )
    const docs = yield* Effect.cached(Effect.sync(() => referencePage(servedAt(publicUrl), publicUrl)))
    const compressed = yield* compressing
    return Layer.mergeAll(
      HttpRouter.add("GET", "/openapi.json", compressed(json)),
      HttpRouter.add("GET", "/docs", compressed(docs))
    )
  }))

/** The OpenAPI document of the API. */
export const apiDocument = (): OpenApi.OpenAPISpec => OpenApi.fromApi(IdentityApi)

const servedAt = (publicUrl: string): OpenApi.OpenAPISpec => ({ ...apiDocument(), servers: [{ url: publicUrl }] })

const referencePage = (document: OpenApi.OpenAPISpec, publicUrl: string): HttpServerResponse.HttpServerResponse =>
  page(
    `${document.info.title} API reference`,
    html`<p>${
      document.info.description ?? ""
    } The same as a machine reads it: <a href="${publicUrl}/openapi.json">openapi.json</a>.
Every kind of refusal: <a href="${publicUrl}/problems">problems</a>.</p>
${
      document.tags.map((tag) =>
        html`<h2>${tag.name}</h2><p>${tag.description ?? ""}</p>${operationsOf(document, tag.name)}`
      )
    }
<h2>Schemas</h2>
${Object.entries(document.components.schemas).map(([name, schema]) => schemaSection(name, schema))}`
  )

const operationsOf = (document: OpenApi.OpenAPISpec, tag: string): ReadonlyArray<Html> =>
  Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) =>
      isOperation(operation) && operation.tags.includes(tag) ? [operationSection(method, path, operation)] : []
    )
  )

const isOperation = (value: unknown): value is OpenApi.OpenAPISpecOperation => Predicate.hasProperty(value, "responses")

const operationSection = (method: string, path: string, operation: OpenApi.OpenAPISpecOperation): Html =>
  html`<h3><code>${method.toUpperCase()} ${path}</code></h3>
<p>${operation.summary ?? ""}. ${operation.description ?? ""}${
    operation.security.length > 0 ? " Needs a session: a bearer token or the session cookie." : ""
  }</p>
<table>
${
    operation.parameters.map(({ description, in: place, name }) =>
      html`<tr><td><code>${name}</code></td><td>${place}</td><td>${description ?? ""}</td></tr>`
    )
  }
${operation.requestBody === undefined ? html`` : contentRow("body", "", operation.requestBody.content)}
${
    Object.entries(operation.responses).map(([status, response]) =>
      contentRow(status, response.description, response.content)
    )
  }
</table>`

const contentRow = (name: string, description: string, content: OpenApi.OpenApiSpecContent | undefined): Html => {
  const references = Object.values(content ?? {}).flatMap((media) => schemaNames(media))
  const links = references.map((schema) => html`<a href="#${schema}">${schema}</a>`)
  return html`<tr><td>${name}</td><td>${description}</td><td>${links}</td></tr>`
}

const schemaNames = (media: unknown): ReadonlyArray<string> =>
  [...JSON.stringify(media ?? null).matchAll(/#\/components\/schemas\/(\w+)/g)].flatMap((match) => match[1] ?? [])

const schemaSection = (name: string, schema: unknown): Html =>
  html`<h3 id="${name}">${name}</h3><pre>${JSON.stringify(schema, null, 2)}</pre>`
