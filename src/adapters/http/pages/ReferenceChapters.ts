/** The chapters in front of the reference, about what all operations share. */
import { Duration, Predicate } from "effect"
import { AttemptPolicy } from "../../../domain/limits/AttemptPolicy.ts"
import type { AttemptLimits } from "../../../domain/limits/AttemptPolicy.ts"
import { IDEMPOTENCY_KEY_LENGTH_MAX } from "../../../domain/model/Idempotency.ts"
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from "../../../domain/model/Page.ts"
import { SESSION_COOKIE } from "../api/Authentication.ts"
import { DEVICE_COOKIE } from "../api/Devices.ts"
import { curlExample } from "./CurlExamples.ts"
import { operationsOf } from "./Operations.ts"
import type { Site } from "./OperationSections.ts"
import { html, prose } from "./Pages.ts"
import type { Html } from "./Pages.ts"
import { memberRows, presenceNote, table } from "./SchemaTables.ts"
import { credentialsForm } from "./TryIt.ts"

export interface Chapter {
  readonly id: string
  readonly title: string
  readonly body: ReadonlyArray<Html>
}

export const chapters = (site: Site): ReadonlyArray<Chapter> => [
  { id: "first-steps", title: "First steps", body: firstSteps(site) },
  { id: "authentication", title: "Authentication", body: authentication(site) },
  { id: "cookies", title: "Cookies and origins", body: cookies },
  { id: "idempotency", title: "Idempotency", body: idempotency(site) },
  { id: "versions", title: "Versions", body: versions(site) },
  { id: "paging", title: "Paging", body: paging(site) },
  { id: "errors", title: "Errors", body: errors(site) },
  { id: "limits", title: "Limits", body: limits },
  { id: "clients", title: "Generated clients", body: clients(site) }
]

/** Paragraphs of texts in which `this` is code. */
const paragraphs = (...texts: ReadonlyArray<string>): Html => html`${texts.map((text) => html`<p>${prose(text)}</p>`)}`

const example = (id: string, text: string): Html => html`<pre data-example="${id}">${text}</pre>`

const firstSteps = ({ document, url }: Site): ReadonlyArray<Html> => {
  const operations = operationsOf(document)
  const steps = ["createAccount", "startSession", "getMySession"].flatMap((id) =>
    operations.filter((one) => one.id === id)
  )
  return [
    paragraphs("Sign up, sign in, and look at the new session, in a shell:"),
    example("first-steps", steps.map((operation) => curlExample(operation, url)).join("\n\n")),
    paragraphs(
      "An email that has an account already is refused with 409: go on with the second command. It sets `$TOKEN`, " +
        "which the examples below use."
    )
  ]
}

const authentication = ({ canTry }: Site): ReadonlyArray<Html> => [
  paragraphs(
    "A request proves its session in one of two ways. A token in an address or a body is ignored.",
    "As a token: `POST /sessions` returns a `token`, and only this once. Send it as `Authorization: Bearer " +
      "<token>`. It is opaque, at most 128 characters, and as secret as a password: keep it where other programs " +
      "can't read it.",
    `As a cookie: \`POST /sessions\` with \`"transport": "cookie"\` sets \`${SESSION_COOKIE}\`, which scripts ` +
      "can't read, and returns no token. Use this in browsers.",
    "Send one of the two: a request with two different sessions is refused as `malformed-request`. When the " +
      "session of a cookie has ended, the 401 clears the cookie.",
    "A session ends when it is signed out, when it hasn't been used for a while or is too old, when the password " +
      "changes, and when another session changes the email. Every server then refuses it with 401 " +
      "`session-required`. No other answer means that the person is signed out. A 503 doesn't.",
    `A sign-in also returns a secret of the device, as the member \`device\` or the cookie \`${DEVICE_COOKIE}\`. ` +
      "Keep it for a year, also after signing out, and send it with the next sign-in, in the header " +
      "`identity-device` or as the cookie. Then nobody else's guesses at the password can keep this device out."
  ),
  canTry ? credentialsForm : html``
]

const cookies = [paragraphs(
  "The cookie is `Secure`, `HttpOnly` and `SameSite=Strict`, and belongs to this host alone. Browsers take it over " +
    "HTTPS only, but some make an exception for `localhost`.",
  "With the cookie, a request that changes something has to come from a page of this origin or of one that the " +
    "operator allows. The browser says so itself, in `Sec-Fetch-Site` or `Origin`. Anything else is 403 " +
    "`origin-not-allowed`. Requests with a token may come from any origin. There is no CSRF token to handle.",
  "Pages of allowed origins may read the answers (CORS, with credentials). From another origin, use `fetch(address, " +
    "{ credentials: \"include\" })`. Both origins have to belong to the same site, because the browser otherwise " +
    "doesn't send the cookie."
)]

const idempotency = ({ url }: Site): ReadonlyArray<Html> => [
  paragraphs(
    "When a connection breaks, you can't know whether a sign-up happened. So give each request a new " +
      `\`Idempotency-Key\` (for example a UUID, at most ${IDEMPOTENCY_KEY_LENGTH_MAX} characters), and send it ` +
      "again with the same key. Within 24 hours, the same body gets the same answer and is carried out once. A " +
      "sign-in gets the same token.",
    "The same key with another body is 422 `idempotency-key-reused`. While the first request runs, the second is " +
      "409 `request-in-progress`. `POST /accounts` and `POST /sessions` take a key. Other requests can be repeated " +
      "without harm."
  ),
  example(
    "idempotency",
    `for attempt in 1 2; do
  curl ${url}/accounts \\
    -H 'Idempotency-Key: 0c2f5b0e-6a58-4f0e-9d0b-0a4f1f0f9f6e' \\
    -H 'Content-Type: application/json' \\
    -d '{"email":"grace@example.com","password":"another well kept secret","display_name":"Grace"}'
done`
  )
]

const versions = ({ url }: Site): ReadonlyArray<Html> => [
  paragraphs(
    "An account has a `version`, which its `ETag` repeats in quotes. A change has to name in `If-Match` the " +
      "version it is based on, so that nobody overwrites what they haven't seen. Without the header the answer is " +
      "428 `precondition-required`. If the account has changed in the meantime, it is 412 `version-conflict`: read " +
      "the account again, and repeat the change. `If-Match: *` accepts any version."
  ),
  example(
    "versions",
    `curl -X PATCH ${url}/accounts/me \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'If-Match: *' \\
  -H 'Content-Type: application/json' \\
  -d '{"display_name":"Ada Byron"}'`
  )
]

const paging = ({ url }: Site): ReadonlyArray<Html> => [
  paragraphs(
    `A page of a list has at most \`limit\` items, by default ${PAGE_LIMIT_DEFAULT} and never more than ` +
      `${PAGE_LIMIT_MAX}. When there may be more, pass \`next\` as \`after\`, or use the address in the header ` +
      "`Link` (`rel=\"next\"`). The last page has `next: null`. A page that isn't the last can be short or even empty.",
    "Items that are added or removed between pages neither hide nor repeat others. A cursor is opaque, and valid " +
      "for its own list only."
  ),
  example("paging", `curl -i "${url}/sessions?limit=1" \\\n  -H "Authorization: Bearer $TOKEN"`)
]

const errors = ({ document, url }: Site): ReadonlyArray<Html> => [
  paragraphs(
    "Every answer from 400 on is a problem (RFC 9457) as `application/problem+json`. Decide by `code`, which " +
      "never changes, and show `detail` to people. Later releases may add codes: treat an unknown one by its status.",
    "Every answer has an `x-request-id`: the one that the request sent, if it is acceptable, or a new one. The " +
      "operator can find the request in the log by it."
  ),
  table("Member", memberRows(anyProblem(document), presenceNote)),
  html`<p id="InvalidMember">One of <code>errors</code>:</p>`,
  table("Member", memberRows(document.components.schemas["InvalidMember"] ?? {}, presenceNote)),
  html`<p>Each <code>type</code> links to a page about that kind of problem: <a href="${url}/problems">all kinds</a>.</p>`,
  paragraphs(
    "With 429 and 503, `Retry-After` says how many seconds to wait. After 500 and 503 `unavailable`, the request " +
      "may have been carried out: send it again with its `Idempotency-Key`, or check first."
  )
]

/** The members of all problems, and the one that only some have. */
const anyProblem = ({ components }: Site["document"]) => {
  const schema = components.schemas["ValidationFailedProblem"] ?? {}
  const properties = Predicate.isObject(schema["properties"]) ? schema["properties"] : {}
  const widened = ["status", "code"].map((name) => [name, { ...Object(properties[name]), enum: undefined }])
  return {
    properties: { ...properties, ...Object.fromEntries(widened) },
    required: Object.keys(properties).filter((name) => name !== "errors")
  }
}

/** The limits that callers may reach, and which attempts each counts together. */
const COUNTED: ReadonlyArray<readonly [limit: Exclude<keyof AttemptLimits, "newcomerAfter">, title: string]> = [
  ["device", "Sign-ins from a device that signed in to the account before"],
  ["accountFromNetwork", "Other sign-ins to an account from one network"],
  ["account", "Other sign-ins to an account"],
  ["network", "Sign-ins from one network"],
  ["confirmation", "Current passwords given by somebody who is signed in"],
  ["successes", "Right passwords of an account"],
  ["signUpEmail", "Sign-ups with an email"],
  ["signUpNetwork", "Sign-ups and changes of email from one network"],
  ["emailChange", "Changes of an account's email"],
  ["mailAddress", "Mails asked for, for one address"],
  ["mailNetwork", "Mails asked for, from one network"]
]

const limitRows = (): ReadonlyArray<Html> => {
  const policy = AttemptPolicy.defaultValue()
  return policy === "unlimited" ? [] : COUNTED.map(([name, title]) => {
    const { burst, delay, recovery } = policy[name]
    return html`<tr><th scope="row">${title}</th><td>${burst} in a row, then one every ${
      inWords(delay).replace(/^1 /, "")
    }${Duration.equals(delay, recovery) ? "" : `, each wait twice the last, at most ${inWords(recovery)}`}</td></tr>`
  })
}

const inWords = (duration: Duration.Duration): string => {
  const seconds = Duration.toSeconds(duration)
  const [unit, length] = seconds % 3600 === 0
    ? ["hour", 3600] as const
    : seconds % 60 === 0
    ? ["minute", 60] as const
    : ["second", 1] as const
  return `${seconds / length} ${unit}${seconds === length ? "" : "s"}`
}

const limits = [
  html`<ul>
<li>A body: 64 KiB, in at most 1,024 pieces. Headers: 16 KiB.</li>
<li>A request has 10 seconds to arrive.</li>
<li>Unknown members are refused.</li>
</ul>`,
  paragraphs(
    "The service limits attempts to guess passwords and emails. Over a limit the answer is 429 `too-many-requests`: " +
      "`Retry-After` says how long to wait, `RateLimit-Policy` names the limit. The limits are the same whether or " +
      "not an account exists. They apply unless the operator has switched them off. A network is a /24 of IPv4 or a " +
      "/64 of IPv6."
  ),
  html`<table><thead><tr><th scope="col">Counted together</th><th scope="col">Allowed</th></tr></thead>
<tbody>
${limitRows()}
</tbody></table>`,
  paragraphs(
    "Passwords are hashed slowly, on purpose. When too many are waiting, further requests with a password are 503 " +
      "`overloaded` and change nothing."
  )
]

const clients = ({ url }: Site): ReadonlyArray<Html> => [
  paragraphs(
    "The OpenAPI document has an example of each body and a description of each parameter. Every release is tested " +
      "with these: openapi-typescript with openapi-fetch, hey-api, orval (with `headers: " +
      "true`), and Postman's import (parameters from examples, optional ones switched off)."
  ),
  html`<pre>npx openapi-typescript ${url}/openapi.json -o identity.d.ts
npx @hey-api/openapi-ts -i ${url}/openapi.json -o identity
npx orval --input ${url}/openapi.json --output identity.ts --client fetch</pre>`
]
