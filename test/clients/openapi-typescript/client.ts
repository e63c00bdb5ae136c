// Signs up, in and out with a client made of the document, as `docs/openapi.json` describes it: `node client.ts <url>`.
import createClient from "openapi-fetch"
import type { paths } from "./schema.js"

declare const process: { readonly argv: ReadonlyArray<string> }

/** The compiler has to ask for the version that a change is made of. */
type ChangeHeaders = paths["/accounts/me"]["patch"]["parameters"]["header"]
export const mayLeaveItOut: Record<never, never> extends ChangeHeaders ? true : false = false

const ada = { email: "ada@example.com", password: "a well kept secret" }

const api = createClient<paths>({ baseUrl: process.argv[2] ?? "" })

await api.POST("/accounts", { body: { ...ada, display_name: "Ada" } })
const again = await api.POST("/accounts", { body: { ...ada, display_name: "Ada" } })
const status: 409 | undefined = again.error?.status === 409 ? again.error.status : undefined

const signedIn = await api.POST("/sessions", { body: ada })
const token = signedIn.data?.token
if (token === undefined) throw new Error(signedIn.error?.detail ?? "In token transport there is a token")
api.use({
  onRequest: ({ request }) => {
    request.headers.set("authorization", `Bearer ${token}`)
    return request
  }
})

const me = await api.GET("/sessions/me")
const account = await api.GET("/accounts/me")
const renamed = await api.PATCH("/accounts/me", {
  params: { header: { "if-match": account.response.headers.get("etag") ?? "" } },
  body: { display_name: "Ada King" }
})
const outdated = await api.PATCH("/accounts/me", {
  params: { header: { "if-match": "\"999\"" } },
  body: { display_name: "Ada Byron" }
})
const signedOut = await api.DELETE("/sessions/me")
const after = await api.GET("/sessions/me")

console.log(JSON.stringify({
  status,
  codes: [again.error?.code, outdated.error?.code, after.error?.code],
  name: renamed.data?.display_name,
  email: me.data?.account.email,
  signedOut: signedOut.response.status
}))
