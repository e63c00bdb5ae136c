/**
 * A way to the database that counts what passes: statements, and how often somebody had to wait for the database. What
 * is sent while an answer is awaited, on this connection or another, takes no further round trip. Answers are on their
 * way for a while, as over a network: so fast as on one machine, an answer may arrive before what is sent beside it has
 * left.
 */
import { Effect } from "effect"
import { once } from "node:events"
import { connect, createServer } from "node:net"
import type { Socket } from "node:net"
import { freePorts } from "../../e2e/IdentityProcess.ts"

/** Long against what a process takes to send all it has to say. */
const ANSWER_DELAY_MS = 20

export interface Traffic {
  readonly statements: number
  readonly roundTrips: number
}

/** Messages of Postgres' protocol that execute something: `Execute` and `Query`. */
const EXECUTING = ["E", "Q"].map((letter) => letter.charCodeAt(0))

/** The code in the place of a version with which a client only asks for encryption. */
const SSL_REQUEST = 80_877_103

/** Reads the client's side of one connection, in whatever pieces it comes. */
const messageReader = (onExecute: () => void) => {
  let rest = Buffer.alloc(0)
  let started = false
  return (piece: Buffer | string): void => {
    rest = Buffer.concat([rest, Buffer.from(piece)])
    while (true) {
      // A message is its letter, its length without the letter, its body; the first ones have no letter.
      const letter = started ? 1 : 0
      if (rest.length < letter + 4) return
      const length = letter + rest.readInt32BE(letter)
      if (rest.length < length) return
      if (started && EXECUTING.includes(rest.readUInt8(0))) onExecute()
      if (!started) started = rest.readInt32BE(4) !== SSL_REQUEST
      rest = rest.subarray(length)
    }
  }
}

/** Listens until the scope closes, in front of the server on `port`. `counted` is what passed so far. */
export const tapWire = Effect.fnUntraced(function*(port: number) {
  const counts = { statements: 0, roundTrips: 0 }
  const sockets = new Set<Socket>()
  const awaited = new Set<Socket>()
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true })
    const read = messageReader(() => counts.statements++)
    client.on("data", (piece) => {
      if (awaited.size === 0) counts.roundTrips++
      awaited.add(upstream)
      read(piece)
    })
    upstream.on("data", (piece) => {
      setTimeout(() => {
        awaited.delete(upstream)
        client.write(piece)
      }, ANSWER_DELAY_MS)
    })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on("error", () => socket.destroy()).on("close", () => {
        sockets.delete(socket)
        awaited.delete(socket)
      })
    }
    client.pipe(upstream)
  })
  const [own] = yield* freePorts
  yield* Effect.acquireRelease(
    Effect.promise(() => once(server.listen(own, "127.0.0.1"), "listening")),
    () =>
      Effect.sync(() => {
        server.close()
        for (const socket of sockets) socket.destroy()
      })
  )
  return { port: own, counted: Effect.sync((): Traffic => ({ ...counts })) }
})
