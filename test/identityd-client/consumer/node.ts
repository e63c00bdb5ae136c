// A server of node:http: what it says of each request is tried by `guards.test.ts`.
import { identity } from "identityd-client"
import { guard } from "identityd-client/node"
import type { NodeGuard } from "identityd-client/node"
import { createServer } from "node:http"

const client = identity({ url: process.argv[2] ?? "", timeout: 500 })

const guarded = guard(client)

const guards: Record<string, NodeGuard> = {
  "/pages": guard(client, { signIn: "/sign-in" }),
  "/verified": guard(client, { verified: true })
}

const server = createServer(async (request, response) => {
  const session = await (guards[request.url ?? ""] ?? guarded)(request, response)
  if (session !== null) response.end(session.account_id)
})
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify(server.address())))
