// Signs up, in and out with functions made of the document, as `docs/openapi.json` describes it: `node client.ts`.
import { changeMyAccount, createAccount, endMySession, getMyAccount, getMySession, startSession } from "./generated.ts"

/** The compiler has to ask for the version that a change is made of. */
type ChangeHeaders = Parameters<typeof changeMyAccount>[1]
export const mayLeaveItOut: Record<never, never> extends ChangeHeaders ? true : false = false

const ada = { email: "ada@example.com", password: "a well kept secret" }

await createAccount({ ...ada, display_name: "Ada" })
const again = await createAccount({ ...ada, display_name: "Ada" })
const status: 409 | undefined = again.status === 409 ? again.data.status : undefined

const signedIn = await startSession(ada)
if (signedIn.status !== 201) throw new Error(signedIn.data.detail)
const authenticated = { headers: { authorization: `Bearer ${signedIn.data.token}` } }

const me = await getMySession(authenticated)
const account = await getMyAccount(authenticated)
const renamed = await changeMyAccount(
  { display_name: "Ada King" },
  { "if-match": account.headers.get("etag") ?? "" },
  authenticated
)
const outdated = await changeMyAccount({ display_name: "Ada Byron" }, { "if-match": "\"999\"" }, authenticated)
const signedOut = await endMySession(authenticated)
const after = await getMySession(authenticated)

console.log(JSON.stringify({
  status,
  codes: [
    again.status === 409 ? again.data.code : undefined,
    outdated.status === 412 ? outdated.data.code : undefined,
    after.status === 401 ? after.data.code : undefined
  ],
  name: renamed.status === 200 ? renamed.data.display_name : undefined,
  email: me.status === 200 ? me.data.account.email : undefined,
  signedOut: signedOut.status
}))
