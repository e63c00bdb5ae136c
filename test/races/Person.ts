/** Somebody who talks to both servers: what people do, as requests. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { servers, TwoServers } from "./TwoServers.ts"
import type { Server } from "./TwoServers.ts"

export const PASSWORD = "correct horse battery staple"

let people = 0

export const anAddress = () => `person-${people += 1}@example.com`

export const signUp = (server: Server, email: string, headers: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(
    TwoServers,
    ({ send }) =>
      send(server, "POST", "/accounts", { json: { email, password: PASSWORD, display_name: "Ada Lovelace" }, headers })
  )

export const signIn = (server: Server, email: string, password = PASSWORD) =>
  Effect.flatMap(TwoServers, ({ send }) => send(server, "POST", "/sessions", { json: { email, password } }))

/** Signs in where it has to succeed; answers the session's token and id. */
export const aSession = Effect.fnUntraced(function*(server: Server, email: string, password = PASSWORD) {
  const { body, status } = yield* signIn(server, email, password)
  assert.strictEqual(status, 201)
  return { token: String(body["token"]), id: String(body["id"]) }
})

/** How many of these tokens either server still accepts. They have to agree. */
export const accepted = Effect.fnUntraced(function*(tokens: ReadonlyArray<string>) {
  const { send } = yield* TwoServers
  const verdicts = yield* Effect.forEach(
    tokens,
    (token) => Effect.forEach(servers, (server) => send(server, "GET", "/sessions/me", { token }), { concurrency: 2 }),
    {
      concurrency: 8
    }
  )
  for (const [one, other] of verdicts) assert.strictEqual(one?.status, other?.status)
  return verdicts.filter((replies) => replies.some(({ status }) => status !== 401)).length
})
