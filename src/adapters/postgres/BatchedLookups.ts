/**
 * Look-ups by key that arrive in the same turn of the event loop, answered by one statement.
 *
 * A statement costs a message, a socket write and the server's attention, whether it asks for one row or for fifty; on
 * the path of every authenticated request that is most of the work. So callers queue, and a few workers take whatever
 * has queued, never waiting for more: somebody who asks alone is answered alone. A look-up is sent after it was asked
 * for, never before, so it sees everything that was acknowledged until then.
 *
 * Each caller gets its own row and may stop waiting without disturbing the others. A statement that fails fails
 * everybody who waits, queued or sent: they would only wait for the same database.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Effect, Exit } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Connection } from "./PostgresClient.ts"

/** The most keys in one statement. */
const BATCH_MAX = 500

/** The most statements at once: one is executed while the next one gathers. */
const WORKERS = 2

interface Waiter {
  readonly key: string
  readonly answer: (result: Effect.Effect<Row | undefined, SqlError>) => void
}

/** How a batch reaches the database. */
export type Lend = <A>(work: (connection: Connection) => Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

/**
 * `statement` takes the keys as its one parameter, an array, and answers at most one row a key, which names it in its
 * column `column`. The workers live as long as the scope.
 */
export const makeBatchedLookup = Effect.fnUntraced(function*(lend: Lend, statement: string, column: string) {
  const queue = new Set<Waiter>()
  const idle: Array<() => void> = []

  const arrival = Effect.callback<void>((resume) => {
    if (queue.size > 0) resume(Effect.void)
    else idle.push(() => resume(Effect.void))
  })

  const take = (): ReadonlyArray<Waiter> => {
    const batch = Array.from(queue).slice(0, BATCH_MAX)
    for (const waiter of batch) queue.delete(waiter)
    return batch
  }

  const work = Effect.gen(function*() {
    while (true) {
      yield* arrival
      // The rest of this turn may bring more.
      yield* Effect.yieldNow
      const batch = take()
      if (batch.length === 0) continue
      const keys = Array.from(new Set(batch.map(({ key }) => key)))
      const exit = yield* Effect.exit(lend((connection) => connection.query(statement, [keys])))
      if (Exit.isFailure(exit)) {
        for (const waiter of [...batch, ...queue]) waiter.answer(Effect.failCause(exit.cause))
        queue.clear()
        continue
      }
      const rows = new Map(exit.value.rows.map((row) => [row[column], row]))
      for (const waiter of batch) waiter.answer(Effect.succeed(rows.get(waiter.key)))
    }
  })
  yield* Effect.forEach(Array.from({ length: WORKERS }), () => Effect.forkScoped(work), { discard: true })

  return (key: string): Effect.Effect<Row | undefined, SqlError> =>
    Effect.callback((resume) => {
      const waiter: Waiter = { key, answer: resume }
      queue.add(waiter)
      idle.shift()?.()
      return Effect.sync(() => {
        queue.delete(waiter)
      })
    })
})
