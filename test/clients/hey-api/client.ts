// Signs up, in and out with functions made of the document, as `docs/openapi.json` describes it: `node client.ts URL`.
import { client } from "./generated/client.gen.ts"
import {
  changeMyAccount,
  createAccount,
  endMySession,
  getMyAccount,
  getMySession,
  startSession
} from "./generated/index.ts"
import type { ChangeMyAccountData } from "./generated/index.ts"

declare const process: { readonly argv: ReadonlyArray<string> }

/** The compiler has to ask for the version that a change is made of. */
export const mayLeaveItOut: Record<never, never> extends ChangeMyAccountData["headers"] ? true : false = false

const ada = { email: "ada@example.com", password: "a well kept secret" }

client.setConfig({ baseUrl: process.argv[2] ?? "" })

await createAccount({ body: { ...ada, display_name: "Ada" } })
const again = await createAccount({ body: { ...ada, display_name: "Ada" } })
const status: 409 | undefined = again.error?.status === 409 ? again.error.status : undefined

const signedIn = await startSession({ body: ada })
const token = signedIn.data?.token
if (token === undefined) throw new Error(signedIn.error?.detail ?? "In token transport there is a token")
// A cookie is the browser's to send.
client.setConfig({ auth: ({ type }) => type === "http" ? token : undefined })

const me = await getMySession()
const account = await getMyAccount()
const renamed = await changeMyAccount({
  headers: { "if-match": account.response?.headers.get("etag") ?? "" },
  body: { display_name: "Ada King" }
})
const outdated = await changeMyAccount({ headers: { "if-match": "\"999\"" }, body: { display_name: "Ada Byron" } })
const signedOut = await endMySession()
const after = await getMySession()

console.log(JSON.stringify({
  status,
  codes: [again.error?.code, outdated.error?.code, after.error?.code],
  name: renamed.data?.display_name,
  email: me.data?.account.email,
  signedOut: signedOut.response?.status
}))
