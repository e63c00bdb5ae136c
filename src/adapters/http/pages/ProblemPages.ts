/**
 * The pages that the `type` of a problem links to, one for each kind.
 */
import { Effect } from "effect"
import { HttpRouter } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { PROBLEM_MEDIA_TYPE } from "../api/ProblemForm.ts"
import { NotFound, problemClasses } from "../api/Problems.ts"
import { problemType, refuse } from "../exchange/Refusals.ts"
import { operationsOf, textOf } from "./Operations.ts"
import type { Answer, Operation } from "./Operations.ts"
import { html, onDemand, page, prose, servedCompressed } from "./Pages.ts"
import type { Html } from "./Pages.ts"
import { problemAdvice } from "./ProblemAdvice.ts"
import { apiDocument } from "./ReferencePages.ts"

interface ProblemPagesOptions {
  readonly publicUrl: string
  /** Whether the API reference is served, so that pages can link to it. */
  readonly publicDocs: boolean
}

export const make = (options: ProblemPagesOptions) => {
  const pages = onDemand(() => {
    const operations = operationsOf(apiDocument())
    return new Map<string, Page>(problemClasses.map((kind) => [kind.code, problemPage(kind, operations, options)]))
  })
  const one = Effect.gen(function*() {
    const { code = "" } = yield* HttpRouter.params
    const found = (yield* pages).get(code)
    return found === undefined ? yield* refuse(NotFound) : found
  })
  return servedCompressed(
    HttpRouter.route("GET", "/problems", onDemand(() => indexPage(options))),
    HttpRouter.route("GET", "/problems/:code", one)
  )
}

type Page = HttpServerResponse.HttpServerResponse

const problemPage = (
  kind: typeof problemClasses[number],
  operations: ReadonlyArray<Operation>,
  { publicDocs, publicUrl }: ProblemPagesOptions
): Page => {
  const { causes, remedies } = problemAdvice[kind.code]
  const answers = operations.flatMap((operation) =>
    operation.answers.flatMap((answer) =>
      exampleIn(answer, kind.code).map((example) => ({ operation, answer, example }))
    )
  )
  return page({
    title: kind.title,
    body: html`<p>${prose(kind.explanation)}</p>
<h2>What causes it</h2>
${list(causes.map(prose))}
<h2>What to do</h2>
${list(remedies.map(prose))}
<h2>Example</h2>
<pre>${exampleText(kind, answers[0], publicUrl)}</pre>
<h2>Requests that may get it</h2>
${
      answers.length === 0
        ? html`<p>Any request.</p>`
        : list(answers.map(({ operation: { id, method, path, summary } }) =>
          html`${
            publicDocs ? html`<a href="${publicUrl}/docs#${id}">${summary}</a>` : summary
          }: <code>${method} ${path}</code>`
        ))
    }
<p><a href="${publicUrl}/problems">All problems</a>${
      publicDocs ? html` · <a href="${publicUrl}/docs#errors">API reference</a>` : []
    }</p>`
  })
}

const list = (items: ReadonlyArray<Html>): Html => html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`

const exampleIn = ({ media }: Answer, code: string): ReadonlyArray<unknown> =>
  media.flatMap(({ examples }) => examples.filter((example) => textOf(example, "code") === code))

/** The response that is sent. A problem that no operation declares has only the members that all problems have. */
const exampleText = (
  { code, explanation, status, title }: typeof problemClasses[number],
  declared: { readonly answer: Answer; readonly example: unknown } | undefined,
  publicUrl: string
): string => {
  const headers = declared?.answer.headers.filter(({ name }) => name !== "x-request-id") ?? []
  const example = declared?.example ??
    { type: "", title, status, detail: explanation, code, request_id: "4k1zq3v9t0hc2-1f" }
  return [
    `HTTP/1.1 ${status}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    ...headers.map((header) => `${header.name}: ${header.example}`),
    "",
    JSON.stringify({ ...Object(example), type: problemType(publicUrl, code) }, null, 2)
  ].join("\n")
}

const indexPage = ({ publicDocs, publicUrl }: ProblemPagesOptions): Page =>
  page({
    title: "Problems",
    body: html`<p>Every refusal is a problem (RFC 9457) of one of these kinds.${
      publicDocs ? html` What all of them have is in the <a href="${publicUrl}/docs#errors">API reference</a>.` : []
    }</p>
<table><thead><tr><th scope="col">Code</th><th scope="col">What it is</th></tr></thead>
<tbody>
${
      problemClasses.map(({ code, explanation, status }) =>
        html`<tr><th scope="row"><a href="${
          problemType(publicUrl, code)
        }"><code>${code}</code></a><small>${status}</small></th><td>${prose(explanation)}</td></tr>`
      )
    }
</tbody></table>`
  })
