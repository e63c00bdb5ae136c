/**
 * Forms that send the requests of the reference from the page to its own origin, and only when the reader presses the
 * button. Without the script they stay hidden.
 */
import { Option } from "effect"
import { EXPOSED } from "../exchange/Cors.ts"
import { jsonText } from "./CurlExamples.ts"
import { exampleOf } from "./Operations.ts"
import type { Operation, Parameter } from "./Operations.ts"
import { html } from "./Pages.ts"
import type { Html } from "./Pages.ts"

const TYPED = { markup: "autocomplete=\"off\" spellcheck=\"false\"" }

/** The credentials for all requests of the page. The token is only in this field, and gone when the page closes. */
export const credentialsForm = html`<div class="panel" hidden data-tries>
<label>Token for the requests of this page <input id="token" ${TYPED} aria-describedby="token-note"></label>
<p id="token-note">A sign-in fills it in. While it is empty, the browser sends its cookie, if it has one.</p>
</div>`

export const tryItForm = ({ body, method, needsSession, parameters, path, startsSession, summary }: Operation): Html =>
  html`<details hidden data-tries><summary>Try it</summary>
<form data-method="${method}" data-path="${path}" data-needs-session="${String(needsSession)}" data-starts-session="${
    String(startsSession)
  }">
${
    parameters.filter((parameter) => parameter.in !== "cookie").map(({ in: place, name, required, schema }) =>
      html`<label><code>${name}</code> ${
        required ? "" : "(optional) "
      }<input name="${name}" data-in="${place}" value="${required ? startingValue(name, schema) : ""}"${{
        markup: required ? " required" : ""
      }} ${TYPED}>${
        name === "if-match"
          ? html`<span class="quiet">Any version, or the <code>etag</code> of an answer above</span>`
          : []
      }</label>`
    )
  }
${
    Option.toArray(body).map(({ examples }) => {
      const text = jsonText(examples[0])
      return html`<label>Body <textarea rows="${text.split("\n").length + 1}" ${TYPED}>${text}</textarea></label>`
    })
  }
<button>Send<span class="unseen">: ${summary}</span></button>
</form>
<pre role="status" tabindex="0" aria-label="Answer" hidden></pre></details>`

/** No fixed version could be right for long. */
const startingValue = (name: string, schema: Parameter["schema"]): string =>
  name === "if-match" ? "*" : exampleOf(schema)

/**
 * Runs in the reader's browser. It is a string, because it uses the browser's types and none of ours.
 *
 * With a token, the cookie isn't sent, because two different sessions in one request are refused. The content of an
 * answer is only inserted as text.
 */
export const TRY_IT_SCRIPT = `
const shown = ${JSON.stringify(["content-type", ...EXPOSED.split(", ")])}
const token = document.getElementById("token")
const base = location.pathname.replace(/\\/docs$/, "")

const requestOf = (form) => {
  const { method, needsSession, path } = form.dataset
  const headers = new Headers()
  const query = new URLSearchParams()
  let address = path
  for (const { dataset, name, value } of form.querySelectorAll("input")) {
    if (value === "") continue
    if (dataset.in === "path") address = address.replace("{" + name + "}", encodeURIComponent(value))
    else if (dataset.in === "query") query.set(name, value)
    else headers.set(name, value)
  }
  const body = form.querySelector("textarea")?.value
  if (body !== undefined) headers.set("content-type", "application/json")
  const bearer = needsSession === "true" && token.value !== ""
  if (bearer) headers.set("authorization", "Bearer " + token.value.trim())
  const credentials = bearer ? "omit" : "same-origin"
  const search = query.size === 0 ? "" : "?" + query
  return [base + address + search, { method, headers, body, credentials, cache: "no-store" }]
}

const answerOf = async (form) => {
  const response = await fetch(...requestOf(form))
  const text = await response.text()
  const json = text === "" ? undefined : JSON.parse(text)
  if (response.ok && form.dataset.startsSession === "true") token.value = json.token ?? ""
  const headers = shown.flatMap((name) => response.headers.has(name) ? [name + ": " + response.headers.get(name) + "\\n"] : [])
  return response.status + " " + response.statusText + "\\n" + headers.join("") + "\\n" +
    (json === undefined ? "" : JSON.stringify(json, null, 2))
}

for (const form of document.querySelectorAll("form[data-path]")) {
  const output = form.nextElementSibling
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    output.hidden = false
    output.textContent = "Sent. Waiting for the answer."
    output.textContent = await answerOf(form).catch((error) => "No answer: " + error.message)
  })
}
for (const element of document.querySelectorAll("[data-tries]")) element.hidden = false
`
