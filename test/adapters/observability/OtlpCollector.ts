/** A collector on a real socket: keeps the bodies it is sent, by path. */
import { Effect } from "effect"
import { createServer } from "node:http"
import type { IncomingHttpHeaders } from "node:http"

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export const start = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly received: ReadonlyArray<Received>; readonly close: () => void }>(
    (resume) => {
      const received: Array<Received> = []
      const server = createServer((request, response) => {
        let text = ""
        request.on("data", (chunk) => void (text += String(chunk)))
        request.on("end", () => {
          received.push({ path: request.url ?? "", headers: request.headers, text })
          response.writeHead(200, { "content-type": "application/json" }).end("{}")
        })
      })
      const close = () => {
        server.close()
        server.closeAllConnections()
      }
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, received, close }))
      })
    }
  ),
  ({ close }) => Effect.sync(close)
)
