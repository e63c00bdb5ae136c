/** The section of the reference about one operation. */
import { Option } from "effect"
import type { OpenApi } from "effect/http-api"
import { curlExample } from "./CurlExamples.ts"
import { operationsOf, referencesOf, textOf } from "./Operations.ts"
import type { Answer, Operation } from "./Operations.ts"
import { heading, html, prose } from "./Pages.ts"
import type { Html } from "./Pages.ts"
import { memberRow, memberRows, requiredNote, table } from "./SchemaTables.ts"
import { tryItForm } from "./TryIt.ts"

export interface Site {
  readonly document: OpenApi.OpenAPISpec
  /** The start of all addresses. */
  readonly url: string
  /** The start of the addresses of problems. */
  readonly problemsUrl: string
  /** Whether this page and the API have the same origin. */
  readonly canTry: boolean
}

export const operationSection = (site: Site, operation: Operation): Html => {
  const { body, description, id, method, parameters, path, server, summary } = operation
  return html`${heading(3, id, summary)}
<p class="line"><b>${method}</b> <code>${server ?? ""}${path}</code></p>
<p>${prose(description)}</p>
<p>${needs(operation)}</p>
${
    parameters.length === 0 ? [] : html`<h4>Parameters</h4>
${
      table(
        "Parameter",
        parameters.map((parameter) =>
          memberRow(
            parameter.name,
            html`${parameter.in}, ${requiredNote(parameter.schema, parameter.required)}`,
            parameter.description
          )
        )
      )
    }`
  }
${
    Option.toArray(body).flatMap(({ schema }) => formsOf(site, schema)).map((form, index) =>
      html`<h4>${index === 0 ? "Body" : "Or this body"}</h4>\n${table("Member", memberRows(form, requiredNote))}`
    )
  }
<h4>Example</h4>
<pre data-example="${id}">${curlExample(operation, site.url)}</pre>
${exampleAnswer(operation)}
<h4>Answers</h4>
${table("Status", answerRows(site, operation), "statuses")}
${site.canTry && operation.server === undefined ? tryItForm(operation) : []}`
}

const needs = ({ needsSession, scope }: Operation): Html => {
  if (scope !== undefined) return html`Needs an API key with the scope <code>${scope}</code>.`
  return needsSession
    ? html`Needs a session: <a href="#authentication">a token or the cookie</a>.`
    : html`Needs no session.`
}

const formsOf = ({ document: { components } }: Site, schema: Record<string, unknown>) => {
  const forms = referencesOf(schema).map((name) => components.schemas[name] ?? {})
  return forms.length === 0 ? [schema] : forms
}

const exampleAnswer = ({ answers }: Operation): ReadonlyArray<Html> =>
  answers.flatMap(({ media, status }) =>
    media.filter(({ examples }) => status.startsWith("2") && examples.length > 0).map(({ examples }) =>
      html`<pre>${status}\n${JSON.stringify(examples[0], null, 2)}</pre>`
    )
  )

/** The problems that every request may get share one row. */
const answerRows = (site: Site, { answers }: Operation): ReadonlyArray<Html> => {
  const general = generalCodes(site)
  const rows = answers.flatMap((answer) => {
    const codes = problemCodes(answer).filter((code) => !general.includes(code))
    return answer.status < "400" ? [successRow(answer)] : codes.length === 0 ? [] : [problemRow(site, answer, codes)]
  })
  return [...rows, html`<tr><th scope="row">others</th><td>As of any request: ${links(site, general)}</td></tr>`]
}

const successRow = ({ description, headers, media, status }: Answer): Html => {
  const names = media.flatMap(({ schema }) => referencesOf(schema))
  return html`<tr><th scope="row"><code>${status}</code></th><td>${prose(description)}${
    names.map((name) => html` (<a href="#${name}">${name}</a>)`)
  }${headerList(headers)}</td></tr>`
}

const problemRow = (site: Site, { headers, status }: Answer, codes: ReadonlyArray<string>): Html =>
  html`<tr><th scope="row"><code>${status}</code></th><td>${links(site, codes)}${headerList(headers)}</td></tr>`

const headerList = (headers: Answer["headers"]): ReadonlyArray<Html> =>
  headers.filter(({ name }) => name !== "x-request-id").map(({ description, name }) =>
    html`<span class="quiet">Header <code>${name}</code>: ${prose(description)}</span>`
  )

const links = ({ problemsUrl }: Site, codes: ReadonlyArray<string>): Html =>
  html`${
    codes.map((code, index) =>
      html`<a href="${problemsUrl}/problems/${code}"><code>${code}</code></a>${index < codes.length - 1 ? "," : ""}`
    )
  }`

const problemCodes = ({ media }: Answer): ReadonlyArray<string> =>
  media.flatMap(({ examples }) => examples.map((example) => textOf(example, "code")))

const generalCodes = ({ document }: Site): ReadonlyArray<string> => {
  const each = operationsOf(document).map(({ answers }) => new Set(answers.flatMap(problemCodes)))
  return [...(each[0] ?? [])].filter((code) => each.every((codes) => codes.has(code)))
}
