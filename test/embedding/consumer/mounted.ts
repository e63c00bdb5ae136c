// The API mounted in a server of node:http, below a path of its choice.
import { Effect, Layer, ManagedRuntime } from "effect"
import * as Memory from "identityd/Memory"
import * as NodeHttp from "identityd/NodeHttp"
import { createServer } from "node:http"

const runtime = ManagedRuntime.make(
  NodeHttp.nodeHandler({ publicUrl: "https://example.com/id" }).pipe(Layer.provide(Memory.layer))
)
const handler = await runtime.runPromise(Effect.map(NodeHttp.NodeHandler, (handler) => handler))

const server = createServer((request, response) => {
  if (request.url?.startsWith("/id/")) {
    request.url = request.url.slice("/id".length)
    handler(request, response)
  } else response.writeHead(404).end("ours")
})
server.listen(0, "127.0.0.1", async () => {
  const address = server.address()
  const at = (path: string) => `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}${path}`
  const statuses = []
  for (const path of ["/", "/id/sessions/me", "/id/docs"]) statuses.push((await fetch(at(path))).status)
  const created = await fetch(at("/id/accounts"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "ada@example.com", password: "a well kept secret", display_name: "Ada" })
  })
  console.log(JSON.stringify({ statuses: [...statuses, created.status], location: created.headers.get("location") }))
  server.close()
  await runtime.dispose()
})
