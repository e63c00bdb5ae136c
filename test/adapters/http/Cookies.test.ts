import { assert, it } from "@effect/vitest"
import { Duration, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { CLEARED_SESSION_COOKIE, sessionCookie } from "../../../src/adapters/http/sessions/Cookies.ts"
import { readCredential } from "../../../src/adapters/http/sessions/Credentials.ts"
import { tokenTexts } from "../../support/texts.ts"

it.prop("a browser sends back the token that was set", { token: tokenTexts }, ({ token }) => {
  const set = sessionCookie(Redacted.make(token), Duration.days(30))
  const request = new Request("http://a/", { headers: { cookie: set.slice(0, set.indexOf(";")) } })
  assert.deepStrictEqual(readCredential(HttpServerRequest.fromWeb(request)), {
    token: Redacted.make(token, { label: "SessionToken" }),
    byCookie: true
  })
})

it("[ASVS 3.3.1] the session cookie is set for whole seconds and cleared with the same attributes", () => {
  const attributes = "Path=/; Secure; HttpOnly; SameSite=Strict"
  const name = CLEARED_SESSION_COOKIE.slice(0, CLEARED_SESSION_COOKIE.indexOf("="))
  assert.match(name, /^__Host-/)
  assert.strictEqual(CLEARED_SESSION_COOKIE, `${name}=; Max-Age=0; ${attributes}`)
  assert.strictEqual(
    sessionCookie(Redacted.make("a.b.c"), Duration.millis(90_999)),
    `${name}=a.b.c; Max-Age=90; ${attributes}`
  )
})
