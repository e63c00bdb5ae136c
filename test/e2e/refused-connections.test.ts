/** What commands say when the database can't be used: one sentence that says what to do. */
import { NodeFileSystem } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { once } from "node:events"
import { createServer } from "node:net"
import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import { DisposableServer } from "../adapters/postgres/DisposableServer.ts"
import { execute } from "../adapters/postgres/TestClient.ts"
import { selfSignedCertificate } from "../support/self-signed-certificate.ts"
import { identity } from "./IdentityProcess.ts"

const KEY = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"

/** A server that is not Postgres, on a port the system chose, until the scope closes. */
const listening = Effect.fnUntraced(function*(answer: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy())
    answer(socket)
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => once(server.listen(0, "127.0.0.1"), "listening")),
    () => Effect.sync(() => server.close())
  )
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
})

/** Agrees to encrypt and shows a certificate of its own making. */
const untrusted = listening((socket) => {
  socket.once("data", () => {
    socket.write("S")
    new TLSSocket(socket, { isServer: true, ...selfSignedCertificate() }).on("error", () => socket.destroy())
  })
})

/** What PgBouncer answers to a parameter at connect that it doesn't know. */
const refusal = (() => {
  const fields = "SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0"
  const message = Buffer.alloc(5 + fields.length)
  message.write("E", 0)
  message.writeInt32BE(4 + fields.length, 1)
  message.write(fields, 5)
  return message
})()

const pooler = listening((socket) => socket.once("data", () => socket.end(refusal)))

layer(DisposableServer.layer, { excludeTestServices: true })("a database that can't be used", (it) => {
  it.effect("is told apart by what an operator has to do", () =>
    Effect.gen(function*() {
      const { database, port, url } = yield* DisposableServer
      yield* execute({ url }, "CREATE ROLE with_password LOGIN PASSWORD 'right'")
      yield* execute({ url }, "CREATE ROLE bystander LOGIN")
      const here = `127.0.0.1:${port}`
      const cases = [
        [`postgres://with_password:wrong@${here}/${database}`, "refuses the login"],
        [`postgres://nobody@${here}/${database}`, "refuses the login"],
        [`postgres://identity@${here}/nowhere`, "CREATE DATABASE"],
        [`postgres://bystander@${here}/${database}`, "GRANT CREATE ON SCHEMA public TO bystander"],
        [
          `postgres://identity@127.0.0.1:${yield* untrusted}/x?sslmode=verify-full`,
          "certificate of the database server"
        ],
        [`postgres://identity@127.0.0.1:${yield* pooler}/x`, "?pgbouncer=true"],
        ["postgres://identity@127.0.0.1:1/x", "can't be reached"]
      ] as const
      yield* Effect.forEach(cases, ([url, sentence]) =>
        Effect.gen(function*() {
          const outcome = yield* identity(["migrate"], { IDENTITY_DATABASE_URL: url, IDENTITY_SIGNING_KEYS: KEY })
          assert.deepStrictEqual([outcome.exitCode, outcome.stdout], [1, ""], url)
          assert.include(outcome.stderr, sentence, url)
          assert.strictEqual(outcome.stderr.trimEnd().split("\n").length, 1, outcome.stderr)
          for (const secret of ["wrong", "statement_timeout"]) assert.notInclude(outcome.stderr, secret)
        }), { concurrency: 2, discard: true })
    }).pipe(Effect.provide(NodeFileSystem.layer)), 60_000)
})
