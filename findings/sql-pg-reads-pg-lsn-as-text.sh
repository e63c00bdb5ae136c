#!/usr/bin/env bash
# @effect/sql-pg 4.0.5 with effect 4.1.0 asks for every column in binary, and reads one of a type that it has no codec for
# as UTF-8. A position in the write-ahead log (`pg_lsn`) is eight bytes there. So by its value it comes as a text of eight
# characters that is not the position, or fails with "Failed to decode row". Cast to `text` it comes as Postgres writes it:
# code that asks for positions, of replication or of backups, has to cast them all, also where it works by chance.
#
# The server is PGlite 0.5.14 behind its socket 0.2.17.
# Seen: 0/1500000: 8 characters, cast 0/1500000; 0/15000C8: Failed to decode row, cast 0/15000C8.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund effect@4.1.0 @effect/sql-pg@4.0.5 \
  @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17 node@26.10.0
export PATH="$folder/node_modules/node/bin:$PATH"
cat > ask.js <<'JS'
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { PGlite } from "@electric-sql/pglite"
import { PGLiteSocketServer } from "@electric-sql/pglite-socket"
import { Effect } from "effect"

const db = await PGlite.create()

/** On a connection and a socket of its own. */
const ask = async (sql) => {
  const server = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1" })
  await server.start()
  const port = Number(server.getServerConn().split(":").pop())
  const position = await PgConnection.make({ username: "postgres", database: "postgres", host: "127.0.0.1", port }).pipe(
    Effect.flatMap((connection) => connection.query(sql)),
    Effect.map(({ rows: [row] }) => row.position),
    Effect.catch(({ message }) => Effect.succeed(message.replace(/^PgConnection: /, ""))),
    Effect.scoped,
    Effect.runPromise
  )
  await server.stop()
  return position
}

const seen = []
for (const position of ["0/1500000", "0/15000C8"]) {
  const plain = await ask(`SELECT '${position}'::pg_lsn AS position`)
  const cast = await ask(`SELECT '${position}'::pg_lsn::text AS position`)
  seen.push(`${position}: ${plain.length === 8 ? "8 characters" : plain}, cast ${cast}`)
}
console.log(seen.join("; "))
process.exit(0)
JS
output=$(timeout 60 node ask.js)
echo "$output"
[[ "$output" == "0/1500000: 8 characters, cast 0/1500000; 0/15000C8: Failed to decode row, cast 0/15000C8" ]]
