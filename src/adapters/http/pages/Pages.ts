/**
 * Pages for people: the API reference and what each problem means, both made from what the API declares.
 *
 * They are text without scripts. A page on the origin that holds the session cookie could act for its reader, so
 * it can't act at all: the browser is told to run nothing.
 */
import { Effect } from "effect"
import { HttpMiddleware, HttpPlatform, HttpServerResponse } from "effect/http"
import { createHash } from "node:crypto"

const STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}" +
  "code,pre{font-family:ui-monospace,monospace;font-size:.9em}pre{overflow:auto;padding:.5rem;background:#8881}" +
  "table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}"

const POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** A piece of a page. Only what is escaped or made by `html` gets into one. */
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

/**
 * A response for everybody. Its bytes are there once, however many clients read them: a text would be encoded anew for
 * each answer, and over HTTP/2 one client can have a hundred answers wait.
 */
export const sharedResponse = (
  text: string,
  options: { readonly contentType: string; readonly headers?: Readonly<Record<string, string>> }
): HttpServerResponse.HttpServerResponse => HttpServerResponse.uint8Array(Buffer.from(text), options)

export const page = (title: string, body: Html): HttpServerResponse.HttpServerResponse =>
  sharedResponse(
    html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>${{ markup: STYLE }}</style></head>
<body>
<h1>${title}</h1>
${body}
</body>
</html>
`.markup,
    { contentType: "text/html; charset=utf-8", headers: { "content-security-policy": POLICY } }
  )

/**
 * Compresses pages, which are large and the same for everybody. Answers about a session never are: how well a secret
 * compresses beside text of an attacker's choice gives the secret away (BREACH).
 */
export const compressing = Effect.map(
  HttpPlatform.HttpPlatform,
  (platform) => <E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
    Effect.provideService(HttpMiddleware.compression()(app), HttpPlatform.HttpPlatform, platform)
)
