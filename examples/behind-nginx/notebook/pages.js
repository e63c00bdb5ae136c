// The pages of the notebook. `html` escapes whatever is put into a page.
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"

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
input, textarea, button { font: inherit; padding: .4rem } [role=alert] { min-height: 1.5em } [hidden] { display: none }
li form { display: flex; margin: 0 } output, pre { font: 1rem/1.5 monospace; overflow-wrap: anywhere }
`

const script = (...names) =>
  names.map((name) => readFileSync(new URL(`browser/${name}.js`, import.meta.url), "utf8")).join("")

const SIGN_IN_SCRIPT = script("identity", "sign-in")
const NOTES_SCRIPT = script("notes")
const SECURITY_SCRIPT = script("identity", "security")

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
<script type="module">${new Html(script)}</script>
</body>
</html>
`.toString()

const credentialFields = (password) =>
  html`<label>Email <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="${password}" required></label>
<div role="alert"></div>`

/** Asks for one proof of the kinds that somebody has. */
const proofDialog = html`<dialog id="proof" aria-label="Is it you?">
<form>
<label data-kind="password">Your password
<input name="current_password" type="password" autocomplete="current-password"></label>
<label data-kind="totp">The code that your authenticator application shows
<input name="totp" inputmode="numeric" maxlength="6" autocomplete="one-time-code"></label>
<label data-kind="recovery_codes">Or a recovery code
<input name="recovery_code" maxlength="64" autocomplete="off"></label>
<div role="alert"></div>
<button name="by" value="text">Continue</button>
<button data-kind="passkey" name="by" value="passkey">Use a passkey</button>
<button name="by" value="nothing">Cancel</button>
</form>
</dialog>`

export const signInPage = page(
  "Notebook",
  SIGN_IN_SCRIPT,
  html`<form id="sign-in">
${credentialFields("current-password")}
<button>Sign in</button>
</form>
<form id="passkey-sign-in">
<div role="alert"></div>
<button>Sign in with a passkey</button>
</form>
<h2>New here?</h2>
<form id="sign-up">
<label>Name <input name="display_name" autocomplete="name" required></label>
${credentialFields("new-password")}
<button>Create an account</button>
</form>
${proofDialog}`
)

export const notesPage = ({ display_name, email }, notes) =>
  page(
    "Notebook",
    NOTES_SCRIPT,
    html`<p id="greeting">Hello</p>
<p>Signed in as ${display_name} (${email}). <a href="/security">Security</a>
<button id="sign-out">Sign out</button></p>
<div role="alert"></div>
<p id="visits"></p>
<form method="post" action="/notes">
<label>Note <textarea name="text" maxlength="1000" required></textarea></label>
<button>Add</button>
</form>
<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`
  )

const enrolment = (id, heading, fields, button) =>
  html`<h2>${heading}</h2>
<form id="${id}">
${fields}
<div role="alert"></div>
<button>${button}</button>
</form>`

const nameField = (name) => html`<label>Name <input name="name" value="${name}" maxlength="200" required></label>`

export const securityPage = page(
  "Security",
  SECURITY_SCRIPT,
  html`<p><a href="/">Your notes</a></p>
<p>With a passkey or an authenticator application, your password alone signs in nobody. Where everybody needs such a
second factor, your notes open once you have added yours.</p>
<ul id="factors"></ul>
<template id="factor"><li><form><span></span><button>Remove</button><div role="alert"></div></form></li></template>
${enrolment("passkey", "Passkey", nameField("My passkey"), "Add a passkey")}
${enrolment("totp", "Authenticator application", nameField("My phone"), "Add an application")}
<form id="new-totp" hidden>
<p>Type this into the application, or <a>open it there</a>. It isn't shown again.</p>
<output></output>
<input name="id" type="hidden">
<label>The code that it shows now
<input name="code" inputmode="numeric" maxlength="6" autocomplete="one-time-code" required></label>
<div role="alert"></div>
<button>Confirm</button>
</form>
${
    enrolment(
      "recovery-codes",
      "Recovery codes",
      "Each is good once. They replace earlier ones and aren't shown again, so keep them elsewhere.",
      "Make ten codes"
    )
  }
<pre id="new-codes"></pre>
${proofDialog}`
)

const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

/** Lets these scripts and this style run and no others, whatever a note says. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src ${[SIGN_IN_SCRIPT, NOTES_SCRIPT, SECURITY_SCRIPT].map(digest).join(" ")}`,
  `style-src ${digest(STYLE)}`,
  "connect-src 'self'",
  "img-src data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'"
].join("; ")
