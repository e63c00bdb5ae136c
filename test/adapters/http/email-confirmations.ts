/** What holders do to get another email, and their account back. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { newMails, secretsIn } from "../../support/mailbox.ts"
import { ADA, bearer, TestIdentity } from "../../support/TestIdentity.ts"

export const NEW = "countess@example.org"
export const THIRD = "lovelace@example.net"

export const ask = Effect.fnUntraced(function*(token: string, email = NEW, password = ADA.password) {
  const { send } = yield* TestIdentity
  return yield* send("POST", "/accounts/me/email-change", {
    json: { email, current_password: password },
    headers: bearer(token)
  })
})

export const answer = Effect.fnUntraced(
  function*(id: unknown, json: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}) {
    const { send } = yield* TestIdentity
    return yield* send("POST", `/email-changes/${String(id)}/answer`, { json, headers })
  }
)

export const reverse = Effect.fnUntraced(function*(id: unknown, token?: string) {
  const { send } = yield* TestIdentity
  const secrets = yield* secretsIn("email-change-reversal", id)
  return yield* send("POST", `/email-changes/${String(id)}/reversal`, { json: { token: token ?? secrets.token } })
})

export const mine = Effect.fnUntraced(function*(token: string) {
  const { send } = yield* TestIdentity
  return yield* send("GET", "/accounts/me", { headers: bearer(token) })
})

/** Asks for a change and confirms it, in a session that goes on. Returns the challenge's id. */
export const changeTo = Effect.fnUntraced(function*(token: string, email = NEW, password = ADA.password) {
  const { json } = yield* ask(token, email, password)
  const { code } = yield* secretsIn("email-change", json["id"])
  const changed = yield* answer(json["id"], { code }, bearer(token))
  assert.strictEqual(changed.status, 200)
  return json["id"]
})

/** Shows that Ada reads the email that she has. */
export const prove = Effect.fnUntraced(function*(token: string) {
  const { send } = yield* TestIdentity
  const { json } = yield* send("POST", "/accounts/me/email-verification", { headers: bearer(token) })
  const { code } = yield* secretsIn("email-verification", json["id"])
  const verified = yield* send("POST", `/email-verifications/${String(json["id"])}/answer`, { json: { code } })
  assert.strictEqual(verified.json["email_verified"], true)
})

export const recipients = Effect.map(newMails, (mails) => mails.map(({ purpose, to }) => [purpose, to]))
