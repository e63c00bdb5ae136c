#!/usr/bin/env bash
# @effect/sql-pg 4.0.5 with effect 4.1.0: interrupting a statement makes the driver call the `stream` option a second time.
# On that second socket it sends a CancelRequest, then it closes it. So a `stream` is not asked for connections of the pool
# alone: one that counts, names or limits connections sees one more for each statement that is given up, and what the
# server makes of a canceled statement (it stops waiting for a synchronous standby, say) happens without being asked for.
#
# The peer is a server of a few lines: it greets as Postgres does, never answers a query, and prints what it is sent.
# Seen: `stream` calls: 2; startup, query, cancel.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund effect@4.1.0 @effect/sql-pg@4.0.5 node@26.10.0
export PATH="$folder/node_modules/node/bin:$PATH"
cat > interrupt.js <<'JS'
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Effect, Fiber } from "effect"
import * as net from "node:net"

const message = (type, body) => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}
const seen = []
let queried
const whenQueried = new Promise((resolve) => (queried = resolve))
let canceled
const whenCanceled = new Promise((resolve) => (canceled = resolve))
const server = net.createServer((socket) => {
  let isGreeted = false
  socket.on("error", () => {}).on("data", (data) => {
    if (isGreeted) {
      if (!seen.includes("query")) seen.push("query")
      queried()
    } else if (data.readInt32BE(4) === 80877102) {
      seen.push("cancel")
      canceled()
    } else {
      isGreeted = true
      seen.push("startup")
      socket.write(Buffer.concat([
        message("R", Buffer.alloc(4)),
        message("K", Buffer.from([0, 0, 0, 7, 0, 0, 0, 9])),
        message("Z", Buffer.from("I"))
      ]))
    }
  })
})
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve))

let calls = 0
const stream = () => {
  calls += 1
  return net.connect(server.address().port, "127.0.0.1")
}
const program = Effect.gen(function*() {
  const connection = yield* PgConnection.make({ username: "ada", database: "ada", stream })
  const statement = yield* Effect.forkChild(connection.query("SELECT 1"))
  yield* Effect.promise(() => whenQueried)
  yield* Effect.forkDetach(Fiber.interrupt(statement))
  yield* Effect.promise(() => whenCanceled)
  console.log(`stream calls: ${calls}; ${seen.join(", ")}`)
})
const giveUp = setTimeout(() => {
  console.log(`stream calls: ${calls}; ${seen.join(", ")}; not canceled`)
  process.exit(1)
}, 10_000)
await Promise.race([Effect.runPromise(Effect.scoped(program)), whenCanceled.then(() => new Promise((r) => setTimeout(r, 200)))])
clearTimeout(giveUp)
process.exit(0)
JS
output=$(node interrupt.js)
echo "$output"
[[ "$output" == "stream calls: 2; startup, query, cancel" ]]
