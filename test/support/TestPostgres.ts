/**
 * Databases of the test run's own Postgres server, one a suite: copied from a migrated template, so suites neither see
 * nor wait for each other, and dropped when the suite is done.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Layer, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { randomUUID } from "node:crypto"
import { inject } from "vitest"

/** How to reach a server, in a form that can be handed from vitest's main process to its workers. */
type ServerConnection =
  | { readonly url: string }
  | { readonly path: string; readonly port: number; readonly username: string; readonly database: string }

interface TestServer {
  readonly connection: ServerConnection
  readonly template: string
}

declare module "vitest" {
  interface ProvidedContext {
    readonly testPostgres: TestServer
  }
}

/** Options for `PgClient` of one database on that server. */
export const clientConfig = (connection: ServerConnection, database: string) =>
  "url" in connection ? { url: Redacted.make(connection.url), database } : { ...connection, database }

/** The source of a new database. With `encoding` it is empty. */
export interface DatabaseOptions {
  readonly connection: ServerConnection
  readonly template?: string | undefined
  readonly encoding?: string | undefined
}

/** In memory, files are copied in half of the time that the write-ahead log takes. Postgres 14 has no other way. */
const COPYING = "STRATEGY file_copy"

/** Creates a database, empty or from a template, and drops it when the scope closes. */
export const createDatabase = Effect.fnUntraced(
  function*({ connection, encoding, template }: DatabaseOptions) {
    const database = `identity_test_${randomUUID().replaceAll("-", "")}`
    const from = encoding === undefined
      ? template === undefined ? "" : `TEMPLATE ${template} ${"url" in connection ? "" : COPYING}`
      : `TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C' ENCODING '${encoding}'`
    yield* Effect.acquireRelease(
      execute(connection, `CREATE DATABASE ${database} ${from}`),
      () => execute(connection, `DROP DATABASE ${database} WITH (FORCE)`)
    )
    return database
  }
)

// One connection a statement: databases come and go rarely, and none is kept open to a template.
const execute = (connection: ServerConnection, statement: string) =>
  PgClient.makeClient("url" in connection ? { url: Redacted.make(connection.url) } : connection).pipe(
    Effect.flatMap((sql) => sql.unsafe(statement)),
    Effect.scoped,
    Effect.provide(Reactivity.layer),
    Effect.orDie
  )

/** Client options of a migrated database of its own, dropped when the scope closes. */
export const freshDatabase = Effect.suspend(() => {
  const { connection, template } = inject("testPostgres")
  return Effect.map(createDatabase({ connection, template }), (database) => clientConfig(connection, database))
})

/** The same without a schema, for tests of migrations. */
export const emptyDatabase = Effect.suspend(() => emptyDatabaseIn(undefined))

/** An empty database in a server encoding of its own, such as `LATIN1`. */
export const emptyDatabaseIn = (encoding: string | undefined) => {
  const { connection } = inject("testPostgres")
  return Effect.map(createDatabase({ connection, encoding }), (database) => clientConfig(connection, database))
}

/** A client of a fresh database. */
export const layer = Layer.unwrap(Effect.map(freshDatabase, (config) => PgClient.layer(config)))
