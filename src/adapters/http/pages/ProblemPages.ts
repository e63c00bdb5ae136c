/**
 * What the `type` of a problem leads to: a page about problems of that kind.
 */
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import type { ProblemKind } from "../api/ProblemForm.ts"
import { NotFound, problemClasses } from "../api/Problems.ts"
import { problemType, refuse } from "../exchange/Refusals.ts"
import type { ServedRoute } from "../exchange/RouteTable.ts"
import { compressing, html, page } from "./Pages.ts"

export const problemRoutes: ReadonlyArray<ServedRoute> = [
  { method: "GET", path: "/problems", takesBody: false },
  { method: "GET", path: "/problems/:code", takesBody: false }
]

export const layer = (publicUrl: string) =>
  Layer.unwrap(Effect.gen(function*() {
    const pages = yield* Effect.cached(
      Effect.sync(() => new Map<string, Page>(problemClasses.map((kind) => [kind.code, problemPage(kind, publicUrl)])))
    )
    const index = yield* Effect.cached(Effect.sync(() => indexPage(publicUrl)))
    const compressed = yield* compressing
    const one = Effect.gen(function*() {
      const { code } = yield* HttpRouter.params
      const found = (yield* pages).get(code ?? "")
      return found === undefined ? yield* refuse(NotFound) : found
    })
    return Layer.mergeAll(
      HttpRouter.add("GET", "/problems", compressed(index)),
      HttpRouter.add("GET", "/problems/:code", compressed(one))
    )
  }))

type Page = HttpServerResponse.HttpServerResponse

const problemPage = ({ code, explanation, status, title }: ProblemKind, publicUrl: string): Page =>
  page(
    title,
    html`<p>${explanation}</p>
<p>Status <code>${status}</code>, code <code>${code}</code>. <a href="${publicUrl}/problems">All problems</a></p>`
  )

const indexPage = (publicUrl: string): Page =>
  page(
    "Problems",
    html`<p>Every refusal is an RFC 9457 problem of one of these kinds.</p>
<table>
${
      problemClasses.map(({ code, status, title }) =>
        html`<tr><td>${status}</td><td><a href="${
          problemType(publicUrl, code)
        }"><code>${code}</code></a></td><td>${title}</td></tr>`
      )
    }
</table>`
  )
