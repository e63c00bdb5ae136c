/**
 * Counts the rows that statements read, from tables and from indexes, whether they need them or not. Unlike a time,
 * their number is the same on every machine.
 */
import { Context, Effect, Layer, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Connection } from "../../../src/adapters/postgres/connection/Connection.ts"
import { PostgresClient } from "../../../src/adapters/postgres/connection/PostgresClient.ts"

interface Reading {
  readonly statement: string
  readonly rows: number
}

export class RowsRead extends Context.Service<RowsRead, {
  readonly note: (reading: Reading) => void
  /** The statement that has read most since the last call. */
  readonly most: Effect.Effect<Reading>
}>()("test/RowsRead") {
  static readonly layer = Layer.sync(RowsRead, () => {
    let noted: Array<Reading> = []
    return RowsRead.of({
      note: (reading) => noted.push(reading),
      most: Effect.sync(() => {
        const [most = NOTHING] = noted.toSorted((self, that) => that.rows - self.rows)
        noted = []
        return most
      })
    })
  })
}

const NOTHING: Reading = { statement: "", rows: 0 }

// The database reports these numbers between transactions only, so within one they grow and never start anew.
const COUNT = `SELECT sum(pg_stat_get_xact_tuples_returned(oid))::float8 AS rows FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')`

/** The provided client, whose operations all run in transactions and have their statements counted. */
export const countingClient = Layer.effect(
  PostgresClient,
  Effect.gen(function*() {
    const client = yield* PostgresClient
    const { note } = yield* RowsRead

    const count = (connection: Connection) =>
      Effect.map(connection.query(COUNT), ({ rows: [row] }) => Number(row?.["rows"]))

    const counting = (connection: Connection): Connection => {
      const counted = Effect.fnUntraced(function*<A>(statement: string, query: Effect.Effect<A, SqlError>) {
        const before = yield* count(connection)
        const result = yield* query
        note({ statement, rows: (yield* count(connection)) - before })
        return result
      })
      return {
        query: (...query) => counted(query[0], connection.query(...query)),
        queryValues: (...query) => counted(query[0], connection.queryValues(...query))
      }
    }

    const transact: typeof client.transact = (name, work) =>
      client.transact(name, (connection) => work(counting(connection)))
    const run: typeof client.run = (name, work) =>
      transact(name, (connection) => Effect.map(work(connection), Result.succeed))
    return PostgresClient.of({ ...client, run, read: run, attempt: transact, transact })
  })
)
