/** Sends bytes to a port, for requests that no HTTP client would send. */
import { Effect } from "effect"
import { connect } from "node:net"
import type { Socket } from "node:net"
import { connect as connectTls } from "node:tls"

/**
 * A connection that collects the server's output, or the error of connecting. It ends with the scope. With a
 * certificate to trust it speaks TLS.
 */
export const openConnection = Effect.fnUntraced(function*(port: number, ca?: string) {
  const socket = yield* Effect.acquireRelease(
    Effect.callback<Socket, Error>((resume) => {
      const onConnect = () => resume(Effect.succeed(socket))
      const socket: Socket = ca === undefined
        ? connect({ host: "127.0.0.1", port }, onConnect)
        : connectTls({ host: "127.0.0.1", port, ca }, onConnect)
      socket.on("error", (error) => resume(Effect.fail(error)))
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )
  let received = ""
  socket.setEncoding("latin1").on("data", (text) => {
    received += text
  })
  const ended = Effect.callback<string>((resume) => {
    if (socket.closed) return resume(Effect.succeed(received))
    socket.once("close", () => resume(Effect.succeed(received)))
  })
  const answered = Effect.callback<void>((resume) => {
    if (received !== "") return resume(Effect.void)
    socket.once("data", () => resume(Effect.void))
  })
  return {
    /** Succeeds once the server has said something. */
    answered: Effect.timeout(answered, "5 seconds"),
    write: (text: string) => Effect.sync(() => void socket.write(text, "latin1")),
    /** Ends the client's side. */
    end: Effect.sync(() => void socket.end()),
    /** The server's whole output, after it has closed the connection. */
    ended: Effect.timeout(ended, "5 seconds")
  }
})

/** The server's output for these bytes, until it closes the connection. */
export const exchange = Effect.fnUntraced(function*(port: number, text: string, ca?: string) {
  const connection = yield* openConnection(port, ca)
  yield* connection.write(text)
  return yield* connection.ended
}, Effect.scoped)

/** Status, headers and body of one HTTP/1.1 answer. */
export const parseAnswer = (text: string) => {
  const [head = "", body = ""] = text.split("\r\n\r\n", 2)
  const [statusLine = "", ...lines] = head.split("\r\n")
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(":")
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  }))
  return { status: Number(statusLine.split(" ")[1]), headers, body }
}
