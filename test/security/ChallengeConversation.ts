/**
 * Every purpose of a challenge against a server in a process of its own: asked for, mailed, answered wrongly and then
 * rightly, by what its mail says.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { TestMailServer } from "../adapters/mail/TestMailServer.ts"
import { codeIn, linkIn } from "../e2e/SendingTo.ts"
import { wrongCode } from "../support/mailbox.ts"
import type { Canaries } from "./Canaries.ts"
import { ask } from "./Conversation.ts"
import type { Asked } from "./Conversation.ts"

const PASSWORD = "a well kept secret"

const WRONG_TOKEN = `k1..${"A".repeat(43)}`

interface Conversation {
  readonly url: string
  readonly mails: TestMailServer
  /** They get the code and the token of every mail. */
  readonly canaries: Canaries
}

export const answerEveryChallenge = Effect.fnUntraced(function*({ canaries, mails, url }: Conversation) {
  const send = Effect.fnUntraced(function*(status: number, method: string, path: string, asked: Asked = {}) {
    const reply = yield* ask(`${url}${path}`, method, asked)
    assert.strictEqual(reply.status, status, `${method} ${path}`)
    return reply
  })

  /** The secrets in the next mail that has any. */
  const mailed = Effect.gen(function*() {
    let content = ""
    while (linkIn(content) === "") content = (yield* mails.next).content
    const [code, link] = [codeIn(content), linkIn(content)]
    const { hash, pathname } = new URL(link)
    const answer = new URLSearchParams(hash.slice(1))
    const [id, token] = [answer.get("id") ?? "", answer.get("token") ?? ""]
    canaries.keep(`token of ${pathname}`, token.split(".").at(-1) ?? "")
    if (code !== "") canaries.keepCode(`code of ${pathname}`, code)
    return { id, token, code }
  })

  const answerMail = Effect.fnUntraced(function*(
    status: number,
    path: string,
    json: Readonly<Record<string, unknown>> = {}
  ) {
    const { code, id, token } = yield* mailed
    yield* send(401, "POST", `${path}/${id}/answer`, { json: { ...json, code: wrongCode(code) } })
    yield* send(401, "POST", `${path}/${id}/answer`, { json: { ...json, token: WRONG_TOKEN } })
    return yield* send(status, "POST", `${path}/${id}/answer`, { json: { ...json, token } })
  })

  yield* send(202, "POST", "/sign-ups", { json: { email: "moth@example.com" } })
  yield* answerMail(201, "/sign-ups", { password: PASSWORD, display_name: "Moth" })

  const wasp = { email: "wasp@example.com", password: PASSWORD, display_name: "Wasp" }
  yield* send(201, "POST", "/accounts", { json: wasp })
  const { token } = yield* send(201, "POST", "/sessions", { json: { email: wasp.email, password: PASSWORD } })
  const headers = { authorization: `Bearer ${token}` }
  yield* send(202, "POST", "/accounts/me/email-verification", { headers })
  yield* answerMail(200, "/email-verifications")

  yield* send(202, "POST", "/accounts/me/email-change", {
    headers,
    json: { email: "hornet@example.com", current_password: PASSWORD }
  })
  yield* answerMail(200, "/email-changes")
  const reversal = yield* mailed
  yield* send(401, "POST", `/email-changes/${reversal.id}/reversal`, { json: { token: WRONG_TOKEN } })
  yield* send(200, "POST", `/email-changes/${reversal.id}/reversal`, { json: { token: reversal.token } })
  yield* answerMail(200, "/recoveries", { new_password: "another well kept secret" })
})
