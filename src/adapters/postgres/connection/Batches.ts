/**
 * Requests to the database that arrive in the same turn of the event loop, answered by one statement or a few.
 *
 * A statement costs a message, a socket write and the server's attention, whether it is about one row or about fifty;
 * on the path of every authenticated request that is most of the work. So callers queue, and a few workers take
 * whatever has queued, never waiting for more: somebody who asks alone is answered alone. A request is sent after it
 * was asked for, never before, so it sees everything that was acknowledged until then.
 *
 * Workers that begin in the same turn share out what there is. Were one to take it all, its callers would ask again all
 * at the same time, and database and service would take turns at waiting for each other from then on: where a row takes
 * long to find, among a million others, a fifth of all answers was lost to that.
 *
 * Each caller gets its own answer and may stop waiting without disturbing the others. A statement that fails fails
 * everybody who waits, queued or sent: they would only wait for the same database.
 */
import { Effect, Exit } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Connection } from "./Connection.ts"

/** The most requests in one statement. */
const BATCH_MAX = 500

/** So few requests are one statement, however many workers there are for them. */
const SHARE_MIN = 8

interface Waiter<A, B> {
  readonly request: A
  readonly answer: (result: Effect.Effect<B, SqlError>) => void
  isGone: boolean
}

/** How a batch reaches the database. */
export type Lend = <A>(work: (connection: Connection) => Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

export interface BatchOptions<A, B> {
  /** The most statements at once: while they are executed, the next ones gather. */
  readonly statementsMax: number
  /** Sends the requests of a batch, of which there is at least one; answers which of the results is whose. */
  readonly send: (connection: Connection, requests: ReadonlyArray<A>) => Effect.Effect<(request: A) => B, SqlError>
}

/** The workers live as long as the scope. */
export const makeBatches = Effect.fnUntraced(function*<A, B>(lend: Lend, options: BatchOptions<A, B>) {
  // An array and not a set: a set leaves its old tables behind, which would keep who waited alive until the collector
  // looks at everything.
  let queue: Array<Waiter<A, B>> = []
  const idle: Array<() => void> = []
  let beginning = 0

  const arrival = Effect.callback<void>((resume) => {
    if (queue.length > 0) resume(Effect.void)
    else idle.push(() => resume(Effect.void))
  })

  const take = (): ReadonlyArray<Waiter<A, B>> => {
    const share = Math.max(SHARE_MIN, Math.ceil(queue.length / beginning))
    const size = Math.min(share, BATCH_MAX)
    const batch = queue.slice(0, size)
    queue = queue.slice(size)
    beginning--
    return batch.filter(({ isGone }) => !isGone)
  }

  const work = Effect.gen(function*() {
    while (true) {
      yield* arrival
      beginning++
      // The rest of this turn may bring more.
      yield* Effect.yieldNow
      const batch = take()
      if (batch.length === 0) continue
      const requests = batch.map(({ request }) => request)
      const exit = yield* Effect.exit(lend((connection) => options.send(connection, requests)))
      if (Exit.isFailure(exit)) {
        const everybody = [...batch, ...queue]
        queue = []
        for (const waiter of everybody) waiter.answer(Effect.failCause(exit.cause))
        continue
      }
      for (const { answer, request } of batch) answer(Effect.succeed(exit.value(request)))
    }
  })
  yield* Effect.forEach(Array.from({ length: options.statementsMax }), () => Effect.forkScoped(work), { discard: true })

  return (request: A): Effect.Effect<B, SqlError> =>
    Effect.callback((resume) => {
      const waiter: Waiter<A, B> = { request, answer: resume, isGone: false }
      queue.push(waiter)
      idle.shift()?.()
      return Effect.sync(() => {
        waiter.isGone = true
      })
    })
})
