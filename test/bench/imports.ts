/**
 * How many accounts are imported and exported a second, and what memory that takes. By hand, with a number of rows:
 * `node test/bench/imports.ts 1000000`. It starts a database of its own.
 */
import { Console, Duration, Effect, Layer, Option, Redacted, Stream } from "effect"
import { createHash } from "node:crypto"
import * as PostgresClient from "../../src/adapters/postgres/connection/PostgresClient.ts"
import { migrations } from "../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { Exports } from "../../src/domain/admin/Exports.ts"
import { Imports } from "../../src/domain/admin/Imports.ts"
import { importLines } from "../../src/resources/ImportLines.ts"
import { exportedRow } from "../../src/resources/ImportRows.ts"
import { postgresStores } from "../support/stores.ts"
import { services } from "../support/TestServices.ts"
import { execute, MAINTENANCE, startPostgres } from "./machine/Postgres.ts"

const AT_ONCE = 500

const rowOf = (index: number): string =>
  JSON.stringify({
    external_id: `user-${index}`,
    email: `person.${index}@example.com`,
    email_verified: index % 2 === 0,
    display_name: `Person ${index}`,
    password_hash: `$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$${
      createHash("sha256").update(String(index)).digest("base64").replace(/=+$/, "")
    }`
  })

const bytesOf = (rows: number) =>
  Stream.range(0, Math.ceil(rows / AT_ONCE) - 1).pipe(
    Stream.map((part) => {
      const count = Math.min(AT_ONCE, rows - part * AT_ONCE)
      const lines = Array.from({ length: count }, (_, index) => `${rowOf(part * AT_ONCE + index)}\n`)
      return new TextEncoder().encode(lines.join(""))
    })
  )

const timed = Effect.fnUntraced(function*<E, R>(rows: number, work: Effect.Effect<void, E, R>) {
  const begun = performance.now()
  yield* work
  return Math.round(rows * 1000 / (performance.now() - begun))
})

const program = Effect.gen(function*() {
  const rows = Number(process.argv[2] ?? 100_000)
  const url = (yield* startPostgres).url(MAINTENANCE)
  for (const statement of migrations.flatMap(({ statements }) => statements)) yield* execute(url, statement)
  const client = PostgresClient.layer({
    target: { url: Redacted.make(url) },
    poolMax: 4,
    timeout: Duration.seconds(10)
  })
  yield* Effect.gen(function*() {
    const importRows = yield* (yield* Imports).begin({ ifExists: "refuse", dryRun: false })
    const exports = yield* Exports
    const imported = importLines(bytesOf(rows)).pipe(
      Stream.mapEffect((lines) => importRows(lines.map(({ row }) => row)), { concurrency: 2 }),
      Stream.runDrain
    )
    const exported = exports.accounts({ after: Option.none(), withCredentials: true }).pipe(
      Stream.map((accounts) => JSON.stringify(accounts.map((account) => exportedRow(account, true)))),
      Stream.runDrain
    )
    yield* Console.log(JSON.stringify({
      rows,
      "imported a second": yield* timed(rows, imported),
      "exported a second": yield* timed(rows, exported),
      "memory (MB)": Math.round(process.resourceUsage().maxRSS / 1000)
    }))
  }).pipe(Effect.provide(services.pipe(Layer.provide(postgresStores), Layer.provide(client))))
}).pipe(Effect.scoped)

await Effect.runPromise(program)
