/**
 * Pages for people: the API reference and the explanations of problems, both made from the API's declarations.
 *
 * A page on the origin of the session cookie can act for its reader. So the content security policy allows only the
 * page's own script, by its digest, and only requests to this origin. A page never contains anything that a caller
 * sent.
 */
import { Effect, Layer } from "effect"
import { HttpMiddleware, HttpPlatform, HttpRouter, HttpServerResponse } from "effect/http"
import { createHash } from "node:crypto"
import { remember } from "../../../kernel/Memo.ts"
import { served } from "../exchange/RouteTable.ts"
import { PAGE_STYLE } from "./PageStyle.ts"

type Response = HttpServerResponse.HttpServerResponse

const digest = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

/** The empty icon keeps browsers from asking for one. */
const policy = (script: string): string =>
  `default-src 'none'; style-src ${digest(PAGE_STYLE)}; img-src data:; ` +
  (script === "" ? "" : `script-src ${digest(script)}; connect-src 'self'; `) +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** A piece of a page. It contains only escaped text and other pieces. */
export interface Html {
  readonly markup: string
}

type Interpolated = string | number | Html | ReadonlyArray<Html>

/** Puts values into markup. Strings are text: they are escaped. */
export const html = (strings: TemplateStringsArray, ...values: ReadonlyArray<Interpolated>): Html => ({
  markup: strings.map((markup, index) => index === 0 ? markup : `${render(values[index - 1] ?? "")}${markup}`).join("")
})

const render = (value: Interpolated): string => {
  if (typeof value === "string" || typeof value === "number") return escape(String(value))
  return "markup" in value ? value.markup : value.map((piece) => piece.markup).join("\n")
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "")

/** A text in which `this` is code, like the API's descriptions. */
export const prose = (text: string): Html => ({
  markup: text.split("`").map((part, index) => index % 2 === 1 ? html`<code>${part}</code>`.markup : escape(part)).join(
    ""
  )
})

/** A heading that can be linked to. */
export const heading = (level: 2 | 3, id: string, title: string): Html =>
  html`<h${level} id="${id}"><a href="#${id}">${title}</a></h${level}>`

/** A document of an API. */
export const jsonDocument = (document: object) =>
  sharedResponse(JSON.stringify(document), { contentType: "application/json" })

/**
 * A response that is the same for everybody. All answers share its bytes. A string would be encoded for each answer,
 * and one HTTP/2 client can have a hundred answers waiting.
 */
const sharedResponse = (
  text: string,
  options: { readonly contentType: string; readonly headers?: Readonly<Record<string, string>> }
): Response => HttpServerResponse.uint8Array(Buffer.from(text), options)

export interface PageContent {
  readonly title: string
  /** English if absent. */
  readonly language?: string
  /** Shown beside the body, or above it when there is no room. */
  readonly contents?: Html
  readonly body: Html
  readonly script?: string
}

export const page = (
  { body, contents, language = "en", script = "", title }: PageContent
): Response =>
  sharedResponse(
    html`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<link rel="icon" href="data:,"><style>${{ markup: PAGE_STYLE }}</style></head>
<body${{ markup: contents === undefined ? "" : " class=\"contents\"" }}>
<header><h1>${title}</h1></header>
${contents === undefined ? [] : html`<nav aria-label="Contents">${contents}</nav>`}
<main>
${body}
</main>
${script === "" ? [] : { markup: `<script>${script}</script>` }}
</body>
</html>
`.markup,
    { contentType: "text/html; charset=utf-8", headers: { "content-security-policy": policy(script) } }
  )

/**
 * Compresses pages, which are large and the same for everybody. Answers about a session are never compressed, because
 * the compressed size of a secret beside text that an attacker chose can reveal the secret (BREACH).
 */
const compressing = HttpRouter.middleware(Effect.map(
  HttpPlatform.HttpPlatform,
  (platform) => <E, R>(app: Effect.Effect<Response, E, R>) =>
    Effect.provideService(HttpMiddleware.compression()(app), HttpPlatform.HttpPlatform, platform)
)).layer

/** Routes of large pages. */
export const servedCompressed = <E, R>(...pages: ReadonlyArray<HttpRouter.Route<E, R>>) => {
  const { layer, routes } = served(...pages)
  return { routes, layer: Layer.provide(layer, compressing) }
}

/** What is made when it is first asked for, such as a page. */
export const onDemand = <A>(make: () => A): Effect.Effect<A> => {
  const made = remember(1, make)
  return Effect.sync(() => made(undefined))
}
