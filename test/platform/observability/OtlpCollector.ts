/** A collector on a real socket: keeps the bodies it is sent, by path. */
import { Effect } from "effect"
import { createServer } from "node:http"
import type { IncomingHttpHeaders } from "node:http"
import { createServer as createListener } from "node:net"
import type { Socket } from "node:net"

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

interface Collector {
  readonly url: string
  readonly received: ReadonlyArray<Received>
  readonly close: () => void
}

const listen = (status: number, headers: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.callback<Collector>(
      (resume) => {
        const received: Array<Received> = []
        const server = createServer((request, response) => {
          let text = ""
          request.on("data", (chunk) => void (text += String(chunk)))
          request.on("end", () => {
            received.push({ path: request.url ?? "", headers: request.headers, text })
            response.writeHead(status, headers).end("{}")
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

export const start = Effect.suspend(() => startAnswering(200))

/** One that answers everything with a status. */
export const startAnswering = (status: number) => listen(status, { "content-type": "application/json" })

/** One that sends all requests to another. */
export const startRedirecting = (to: string) => listen(307, { location: `${to}/v1/traces` })

/** One that takes connections and never answers. */
export const startSilent = Effect.suspend(() => startEndless(() => undefined))

/** One that begins to answer, and never comes to the end. */
export const startTrickling = Effect.suspend(() =>
  startEndless((connection) => {
    connection.write("HTTP/1.1 200 OK\r\nx-filler: ")
    const trickle = setInterval(() => connection.write("x"), 10)
    connection.on("error", () => undefined).on("close", () => clearInterval(trickle))
  })
)

const startEndless = Effect.fnUntraced(function*(answer: (connection: Socket) => void) {
  const connections: Array<Socket> = []
  const server = yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createListener>>((resume) => {
      const silent = createListener((connection) => {
        connections.push(connection)
        answer(connection)
      })
      silent.listen(0, "127.0.0.1", () => resume(Effect.succeed(silent)))
    }),
    (silent) =>
      Effect.sync(() => {
        for (const connection of connections) connection.destroy()
        silent.close()
      })
  )
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return { connections, url: `http://127.0.0.1:${port}` }
})
