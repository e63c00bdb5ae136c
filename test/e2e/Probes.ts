/**
 * Clients that say what became of each of their requests. A connection that is refused was never the server's; one that
 * is cut before its answer is whole was.
 */
import { Effect } from "effect"
import { connect as connectHttp2 } from "node:http2"
import type { ClientHttp2Session } from "node:http2"
import { connect } from "node:net"
import type { Socket } from "node:net"
import { connect as connectTls } from "node:tls"

/** `answered`, `refused`, or in which way the request was lost. */
export type Fate = string

export interface Target {
  readonly port: number
  /** The certificate to trust. Without one no TLS is spoken. */
  readonly ca?: string
}

const HEAD = "GET /sessions/me HTTP/1.1\r\nhost: identity.example\r\n"

/** One request on a connection of its own. */
export const askOnce = (target: Target): Effect.Effect<Fate> =>
  Effect.callback((resume) => {
    const socket = open(target)
    socket.on("connect", () => target.ca === undefined && socket.write(`${HEAD}\r\n`))
    socket.on("secureConnect", () => socket.write(`${HEAD}\r\n`))
    conclude(socket, (fate) => {
      socket.destroy()
      resume(Effect.succeed(fate))
    })
  })

/** A connection that has had an answer and is kept. */
export const kept = Effect.fnUntraced(function*(target: Target) {
  const socket = yield* Effect.acquireRelease(
    Effect.sync(() => open(target).on("error", () => undefined)),
    (socket) => Effect.sync(() => socket.destroy())
  )
  const ask = Effect.callback<Fate>((resume) => {
    conclude(socket, (fate) => resume(Effect.succeed(fate)))
    socket.write(`${HEAD}\r\n`)
  })
  yield* ask
  return ask
})

/** The same over HTTP/2. */
export const keptHttp2 = Effect.fnUntraced(function*({ ca, port }: Required<Target>) {
  const session = yield* Effect.acquireRelease(
    Effect.sync(() => connectHttp2(`https://127.0.0.1:${port}`, { ca }).on("error", () => undefined)),
    (session) => Effect.sync(() => session.destroy())
  )
  const ask = askStream(session)
  yield* ask
  return ask
})

/** One request on an HTTP/2 connection of its own. */
export const askHttp2Once = ({ ca, port }: Required<Target>): Effect.Effect<Fate> =>
  Effect.callback((resume) => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca })
    session.on("error", (error) => resume(Effect.succeed(fateOf(error))))
    session.on("connect", () =>
      Effect.runCallback(askStream(session), {
        onExit: (exit) => {
          session.destroy()
          resume(exit)
        }
      }))
  })

/**
 * A connection on which requests are sent one behind the other, a few every few milliseconds, until the server says
 * that it answers no more on it. Its fate is `answered` if everything up to that arrives, and then an end that is none
 * by force.
 */
export const askBehindEachOther = (target: Target): Effect.Effect<Fate> =>
  Effect.callback((resume) => {
    const socket = open(target)
    let received = ""
    const send = () => void socket.write(`${HEAD}\r\n`.repeat(4))
    const sending = setInterval(send, 5)
    const settle = (fate: Fate) => {
      clearInterval(sending)
      socket.destroy()
      resume(Effect.succeed(fate))
    }
    socket.on("data", (chunk: Buffer) => received += chunk.toString("latin1"))
    socket.on("end", () => clearInterval(sending))
    socket.on("error", (error) => settle(fateOf(error)))
    socket.on("close", () => settle(isWhole(received) ? "answered" : "cut in its answers"))
  })

/** Whether these are whole answers, of which the last one says that it is. */
const isWhole = (received: string): boolean => {
  const last = received.slice(received.lastIndexOf("HTTP/1.1 "))
  const [head = "", body] = last.split("\r\n\r\n", 2)
  const length = /content-length: (\d+)/i.exec(head)?.[1]
  return /^connection: close/im.test(head) && body?.length === Number(length)
}

const open = ({ ca, port }: Target): Socket =>
  ca === undefined ? connect({ host: "127.0.0.1", port }) : connectTls({ host: "127.0.0.1", port, ca })

/** Waits for the next whole answer. */
const conclude = (socket: Socket, onFate: (fate: Fate) => void): void => {
  let received = ""
  const settle = (fate: Fate) => {
    socket.off("data", onData).off("error", onError).off("close", onClose)
    onFate(fate)
  }
  const onData = (chunk: Buffer) => {
    received += chunk.toString("latin1")
    const [head, body] = received.split("\r\n\r\n", 2)
    const length = /content-length: (\d+)/i.exec(head ?? "")?.[1]
    if (length !== undefined && body?.length === Number(length)) settle("answered")
  }
  const onError = (error: NodeJS.ErrnoException) => settle(fateOf(error))
  const onClose = () => settle(received === "" ? "closed without an answer" : "cut in its answer")
  socket.on("data", onData).on("error", onError).on("close", onClose)
}

const fateOf = (error: NodeJS.ErrnoException): Fate => error.code === "ECONNREFUSED" ? "refused" : String(error.code)

const askStream = (session: ClientHttp2Session): Effect.Effect<Fate> =>
  Effect.callback((resume) => {
    const settle = (fate: Fate) => resume(Effect.succeed(fate))
    if (session.closed || session.destroyed) return settle("told before that it was the last")
    let status = 0
    session.request({ ":path": "/sessions/me" })
      .on("response", (headers) => {
        status = headers[":status"] ?? 0
      })
      .on("error", (error) => settle(fateOf(error)))
      .on("end", () => settle(status === 0 ? "closed without an answer" : "answered"))
      .on("close", () => settle("closed without an answer"))
      .resume()
      .end()
  })
