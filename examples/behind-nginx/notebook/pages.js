// The pages of the notebook. `html` escapes whatever is put into a page.
import { createHash } from "node:crypto"

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;" }

/** Text that is markup already. */
class Html extends String {}

const textOf = (value) =>
  value instanceof Html
    ? value.toString()
    : Array.isArray(value)
    ? value.map(textOf).join("")
    : String(value).replaceAll(/[&<>"']/g, (character) => ENTITIES[character])

const html = (parts, ...values) => new Html(String.raw({ raw: parts }, ...values.map(textOf)))

const STYLE = `
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
form { display: grid; gap: .75rem; margin-block: 1.5rem } label { display: grid } li { white-space: pre-wrap }
input, textarea, button { font: inherit; padding: .4rem } [role=alert] { min-height: 1.5em }
`

// Both scripts talk to identity's own API, which nginx has at /id/ of the same origin. The session is in a cookie that
// scripts can't read.

const SIGN_IN_SCRIPT = `
const send = async (path, body, headers) => {
  const answer = await fetch("/id" + path, {
    method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body)
  })
  if (answer.ok) return
  const { detail, errors = [] } = await answer.json()
  throw new Error(errors.map(({ pointer, detail }) => pointer.slice(1) + " " + detail).join(", ") || detail)
}
// A second click on "Create" is the same request and makes no second account.
const key = crypto.randomUUID()
for (const form of document.forms) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    const alert = form.querySelector("[role=alert]")
    const { email, password, display_name } = Object.fromEntries(new FormData(form))
    alert.textContent = ""
    form.inert = true
    try {
      if (display_name !== undefined) {
        await send("/accounts", { email, password, display_name }, { "idempotency-key": key })
      }
      await send("/sessions", { email, password, transport: "cookie" })
      // Always this page. An address from the query could be another site's.
      location.assign("/")
    } catch (error) {
      alert.textContent = error.message
    } finally {
      form.inert = false
    }
  })
}
`

const NOTES_SCRIPT = `
const show = async (id, request, text) => {
  const answer = await request
  if (answer.ok) document.getElementById(id).textContent = text(await answer.json())
}
show("greeting", fetch("/greeting"), ({ greeting }) => greeting)
show("visits", fetch("/visits", { method: "POST" }), ({ visits }) => "You have opened this page " + visits + " times.")
document.getElementById("sign-out").addEventListener("click", async () => {
  const { ok, status } = await fetch("/id/sessions/me", { method: "DELETE" })
  // 401 means that the session has ended already.
  if (ok || status === 401) location.assign("/sign-in")
  else document.querySelector("[role=alert]").textContent = "That didn't work. You are still signed in."
})
`

const page = (title, script, body) =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Html(STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
${body}
<script>${new Html(script)}</script>
</body>
</html>
`.toString()

const credentialFields = (password) =>
  html`<label>Email <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="${password}" required></label>
<div role="alert"></div>`

export const signInPage = page(
  "Notebook",
  SIGN_IN_SCRIPT,
  html`<form id="sign-in">
${credentialFields("current-password")}
<button>Sign in</button>
</form>
<h2>New here?</h2>
<form id="sign-up">
<label>Name <input name="display_name" autocomplete="name" required></label>
${credentialFields("new-password")}
<button>Create an account</button>
</form>`
)

export const notesPage = ({ display_name, email }, notes) =>
  page(
    "Notebook",
    NOTES_SCRIPT,
    html`<p id="greeting">Hello</p>
<p>Signed in as ${display_name} (${email}). <button id="sign-out">Sign out</button></p>
<div role="alert"></div>
<p id="visits"></p>
<form method="post" action="/notes">
<label>Note <textarea name="text" maxlength="1000" required></textarea></label>
<button>Add</button>
</form>
<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`
  )

const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

/** Lets these scripts and this style run and no others, whatever a note says. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src ${digest(SIGN_IN_SCRIPT)} ${digest(NOTES_SCRIPT)}`,
  `style-src ${digest(STYLE)}`,
  "connect-src 'self'",
  "img-src data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'"
].join("; ")
