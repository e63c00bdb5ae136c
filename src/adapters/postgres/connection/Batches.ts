/**
 * Combines requests to the database that arrive in the same turn of the event loop into one statement or a few.
 *
 * A statement costs a message, a socket write and the server's attention, whether it is about one row or fifty. In
 * authenticated requests, that is most of the work. So callers queue, and a few workers take everything that has
 * queued. Workers never wait for more: a single request is sent alone. A request is sent after its caller has asked and
 * never before, so it sees everything that was acknowledged by then.
 *
 * Workers that start in the same turn share the queue. If one took all of it, all of its callers would ask again at the
 * same time. From then on, database and service would wait for each other in turns; with a million rows, that cost a
 * fifth of the throughput.
 *
 * Each caller gets its own answer and may stop waiting without affecting the others. A failed statement fails all
 * waiting callers, queued or sent, because they would only wait for the same database.
 */
import { Effect, Exit } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Connection } from "./Connection.ts"

/** The most requests in one statement. */
const BATCH_MAX = 500

/** The least share of a worker. No more requests than this are split between workers. */
const SHARE_MIN = 8

interface Waiter<A, B> {
  readonly request: A
  readonly answer: (result: Effect.Effect<B, SqlError>) => void
  isGone: boolean
}

/** Lends a connection to a batch. */
export type Lend = <A>(work: (connection: Connection) => Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

export interface BatchOptions<A, B> {
  /** The most statements at the same time. While they run, further requests gather. */
  readonly statementsMax: number
  /** Sends the requests of a batch, at least one; returns a function from each request to its result. */
  readonly send: (connection: Connection, requests: ReadonlyArray<A>) => Effect.Effect<(request: A) => B, SqlError>
}

/** Starts the workers, which stop with the scope. */
export const makeBatches = Effect.fnUntraced(function*<A, B>(lend: Lend, options: BatchOptions<A, B>) {
  // An array and not a set: a set leaves its old tables behind, which would keep finished waiters alive until a full
  // garbage collection.
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
      // More requests may arrive in the rest of this turn.
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
