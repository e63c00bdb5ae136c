#!/usr/bin/env bash
# @effect/sql-pg 4.0.5 with effect 4.1.0 infers the type of an array that is a parameter from its elements, although the
# statement casts the parameter. So `$1::text[]` takes an array in which some elements are null, and fails with one in
# which all are. Code that writes many rows by one statement with an array a column (`unnest`) works until all rows of a
# batch leave an optional column out: it has to send such columns in another form, for instance as one JSON parameter.
#
# The server is PGlite 0.5.14 behind its socket 0.2.17.
# Seen: 2 elements; 0 elements; Cannot infer the type of an array containing only null values.
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
const ask = async (elements) => {
  const server = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1" })
  await server.start()
  const port = Number(server.getServerConn().split(":").pop())
  const found = await PgConnection.make({ username: "postgres", database: "postgres", host: "127.0.0.1", port }).pipe(
    Effect.flatMap((connection) => connection.query("SELECT cardinality($1::text[]) AS elements", [elements])),
    Effect.map(({ rows: [row] }) => `${row.elements} elements`),
    Effect.catchCause((cause) => Effect.succeed(/Cannot infer[^)]*/.exec(String(cause))?.[0])),
    Effect.scoped,
    Effect.runPromise
  )
  await server.stop()
  return found
}

console.log([await ask(["a", null]), await ask([]), await ask([null, null])].join("; "))
process.exit(0)
JS
output=$(timeout 60 node ask.js)
echo "$output"
[[ "$output" == "2 elements; 0 elements; Cannot infer the type of an array containing only null values" ]]
