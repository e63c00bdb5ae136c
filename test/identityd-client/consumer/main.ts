// Signs up, in and out with nothing but what every platform with `fetch` has: compiled, then run, by `package.test.ts`.
import { identity, Unavailable } from "identityd-client"
import type { Answer, Session } from "identityd-client"

/** What a program has to know before it can use an answer. */
const tokenIn = (answer: Answer<"POST /sessions">): string | undefined => {
  if (answer.ok) return answer.body.token
  switch (answer.problem.code) {
    case "invalid-credentials":
      return undefined
    case "validation-failed":
      throw new Error(answer.problem.errors.map(({ detail }) => detail).join())
    default:
      throw new Error(answer.problem.detail)
  }
}

export const visit = async (url: string, email: string): Promise<unknown> => {
  const client = identity({ url })
  const password = "a well kept secret"
  const created = await client.request("POST /accounts", { body: { email, password, display_name: "Ada" } })
  const token = tokenIn(await client.request("POST /sessions", { body: { email, password } }))
  const wrong = tokenIn(await client.request("POST /sessions", { body: { email, password: "wrong secret" } }))
  const visitor = { method: "POST", headers: { authorization: `Bearer ${token}` } }
  const session: Session | null = await client.session(visitor)
  const signedOut = await client.request("DELETE /sessions/me", { token })
  const afterwards = await client.session(visitor)
  const down = await identity({ url: "http://127.0.0.1:1" }).session(visitor).catch((error: unknown) =>
    error instanceof Unavailable && error.code
  )
  return [created.ok, wrong, session?.account.email, signedOut.ok, afterwards, down]
}

/** The same from a page, whose session is in a cookie. */
export const visitByCookie = async (url: string, email: string): Promise<unknown> => {
  const { request } = identity({ url })
  const password = "a well kept secret"
  await request("POST /accounts", { body: { email, password, display_name: "Ada" } })
  await request("POST /sessions", { body: { email, password, transport: "cookie" } })
  const shown = await request("GET /sessions/me")
  const wrong = await request("POST /sessions", { body: { email, password: "wrong secret" } })
  const signedOut = await request("DELETE /sessions/me")
  const afterwards = await request("GET /sessions/me")
  return [
    shown.ok && shown.body.account.email,
    wrong.ok || wrong.problem.code,
    signedOut.ok && signedOut.status,
    afterwards.ok || afterwards.problem.code
  ]
}
