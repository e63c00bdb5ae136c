/**
 * `/openapi.json` and the API reference at `/docs`.
 */
import { Option } from "effect"
import { HttpRouter } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { OpenApi } from "effect/http-api"
import { IdentityApi } from "../api/IdentityApi.ts"
import { AuthorizeApi } from "../authorize/AuthorizeApi.ts"
import { IntrospectionApi } from "../sessions/IntrospectionApi.ts"
import { operationsOf, referencesOf, textOf } from "./Operations.ts"
import { operationSection } from "./OperationSections.ts"
import type { Site } from "./OperationSections.ts"
import { heading, html, jsonDocument, onDemand, page, prose, servedCompressed } from "./Pages.ts"
import type { Html } from "./Pages.ts"
import { chapters } from "./ReferenceChapters.ts"
import type { Chapter } from "./ReferenceChapters.ts"
import { memberRows, presenceNote, table } from "./SchemaTables.ts"
import { TRY_IT_SCRIPT } from "./TryIt.ts"

/**
 * The documented server is always the one at `publicUrl`, wherever these pages are served. `canTry` says whether the
 * API is on the same origin as the pages.
 */
export const make = (publicUrl: string, { canTry }: { readonly canTry: boolean }) => {
  const docs = onDemand(() => {
    const site = { document: servedAt(publicUrl), url: publicUrl, problemsUrl: publicUrl, canTry }
    return referencePage(site, { openapi: `${publicUrl}/openapi.json`, chapters: chapters(site) })
  })
  return servedCompressed(
    HttpRouter.route("GET", "/openapi.json", onDemand(() => jsonDocument(servedAt(publicUrl)))),
    HttpRouter.route("GET", "/docs", docs)
  )
}

/** The OpenAPI document of the API. */
export const apiDocument = (): OpenApi.OpenAPISpec => OpenApi.fromApi(IdentityApi.add(AuthorizeApi, IntrospectionApi))

const servedAt = (publicUrl: string): OpenApi.OpenAPISpec => ({ ...apiDocument(), servers: [{ url: publicUrl }] })

/** The page about an API. `openapi` is where its document is. */
export const referencePage = (
  site: Site,
  { chapters: guide, openapi }: { readonly openapi: string; readonly chapters: ReadonlyArray<Chapter> }
): HttpServerResponse.HttpServerResponse => {
  const { canTry, document, url } = site
  const operations = operationsOf(document)
  const resources = resourceNames(document)
  return page({
    title: `${document.info.title} API reference`,
    contents: html`${contentList("Guide", guide.map(({ id, title }) => [id, title]))}
${
      document.tags.map(({ name }) =>
        contentList(name, operations.filter(({ tag }) => tag === name).map(({ id, summary }) => [id, summary]))
      )
    }
${contentList("Answers", resources.map((name) => [name, name]))}`,
    body: html`<p>${document.info.description ?? ""} The same for programs: <a href="${openapi}">openapi.json</a>.</p>
<p>All addresses begin with <code>${url}</code>.</p>
${guide.map(({ body, id, title }) => html`${heading(2, id, title)}\n${body}`)}
${
      document.tags.map(({ description = "", name }) =>
        html`${heading(2, name, name)}
<p>${description}</p>
${operations.filter(({ tag }) => tag === name).map((operation) => operationSection(site, operation))}`
      )
    }
${heading(2, "answers", "Answers")}
${resources.map((name) => resourceSection(document, name))}`,
    ...(canTry ? { script: TRY_IT_SCRIPT } : {})
  })
}

const contentList = (title: string, entries: ReadonlyArray<readonly [id: string, title: string]>): Html =>
  html`<b>${title}</b>
<ul>${entries.map(([id, entry]) => html`<li><a href="#${id}">${entry}</a></li>`)}</ul>`

/** The schemas of successful answers, those they refer to, and those that bodies of requests refer to. */
const resourceNames = (document: OpenApi.OpenAPISpec): ReadonlyArray<string> => {
  const operations = operationsOf(document)
  const answered = operations.flatMap(({ answers }) => answers).filter(({ status }) => status < "400")
  const names = answered.flatMap(({ media }) => media.flatMap(({ schema }) => referencesOf(schema)))
  const bodies = operations.flatMap(({ body }) => Option.toArray(body)).flatMap(({ schema }) => referencesOf(schema))
  const within = [...names, ...bodies].flatMap((name) => referencesOf(document.components.schemas[name]))
  return [...new Set([...names, ...within])].toSorted()
}

const resourceSection = ({ components }: OpenApi.OpenAPISpec, name: string): Html => {
  const schema = components.schemas[name] ?? {}
  return html`${heading(3, name, name)}
<p>${prose(textOf(schema, "description"))}</p>
${table("Member", memberRows(schema, presenceNote))}`
}
