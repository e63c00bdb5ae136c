/** A database by URL behind a port that a test opens and closes, to play an outage. */
import { Effect, Redacted } from "effect"
import { once } from "node:events"
import { connect, createServer } from "node:net"
import type { Socket } from "node:net"
import { inject } from "vitest"
import * as TestPostgres from "../support/TestPostgres.ts"
import type { DatabaseOptions } from "../support/TestPostgres.ts"

/** The URL of a new, empty database of the test run's server, and a switch for the way to it. */
export const reachableDatabase = Effect.suspend(() => reachable({}))

/** The same with the schema as `identity migrate` leaves it. */
export const migratedDatabase = Effect.suspend(() => reachable({ template: inject("testPostgres").template }))

/** An empty one in a server encoding of its own. */
export const reachableDatabaseIn = (encoding: string | undefined) => reachable({ encoding })

const reachable = Effect.fnUntraced(function*(options: Pick<DatabaseOptions, "encoding" | "template">) {
  const { connection } = inject("testPostgres")
  const database = yield* TestPostgres.createDatabase({ connection, ...options })
  const target = "url" in connection ? new URL(connection.url) : undefined
  const address = "url" in connection
    ? { host: target?.hostname ?? "", port: Number(target?.port || "5432") }
    : { path: connection.path }
  const credentials = target === undefined
    ? "username" in connection ? connection.username : ""
    : `${target.username}:${target.password}`

  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(address)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on("error", () => socket.destroy())
      socket.on("close", () => sockets.delete(socket))
    }
    client.pipe(upstream).pipe(client)
    // A client that was killed ends nothing by itself, and the database has few connections.
    client.on("close", () => upstream.destroy())
  })
  let port = 0
  const open = Effect.promise(async () => {
    server.listen(port, "127.0.0.1")
    await once(server, "listening")
    const bound = server.address()
    if (typeof bound === "object" && bound !== null) port = bound.port
  })
  const close = Effect.promise(async () => {
    const closed = once(server, "close")
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  })
  yield* Effect.acquireRelease(open, () => Effect.suspend(() => server.listening ? close : Effect.void))
  const url = Redacted.make(`postgres://${credentials}@127.0.0.1:${port}/${database}`)
  return { url, open, close }
})
