/**
 * Ends workers without resetting connections.
 *
 * Node's primary listens until the last worker has closed, and then closes the port at once. That resets connections
 * that wait to be accepted or are being handed over. So our primary closes the port before any worker does, and workers
 * go on until they have received every connection. If a later Node accepts connections differently, we find no port to
 * close, and Node closes it.
 */
import { Duration, Effect, Option, Predicate } from "effect"
import type { Scope } from "effect"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { Acceptor } from "../process/PortClosing.ts"
import type { Ending, WorkerProcess } from "./WorkerProcess.ts"

/** Time for a worker to leave the database and flush log and telemetry after its last request. */
const CLEANUP_TIME = Duration.seconds(5)

/** Asks a worker to finish its requests, and kills it when it takes longer than `timeout` and `CLEANUP_TIME`. */
export const end = (worker: WorkerProcess, timeout: Duration.Duration): Effect.Effect<void> =>
  worker.drain.pipe(
    Effect.andThen(worker.ended),
    Effect.timeoutOption(Duration.sum(timeout, CLEANUP_TIME)),
    Effect.flatMap((ending) => Option.isSome(ending) ? Effect.void : Effect.andThen(worker.kill, worker.ended))
  )

const REPORT_INTERVAL = "5 seconds"
const REPORT_DEADLINE = "10 seconds"
const REPORTS_MISSED_MAX = 3

/**
 * Kills a worker that hasn't answered for about 45 seconds. A process with a blocked event loop holds connections
 * without answering them, and doesn't end by itself.
 */
export const killWhenUnresponsive: (worker: WorkerProcess) => Effect.Effect<Ending> = Effect.fnUntraced(
  function*(worker) {
    let missed = 0
    while (missed < REPORTS_MISSED_MAX) {
      yield* Effect.sleep(REPORT_INTERVAL)
      const answer = yield* Effect.timeoutOption(worker.report, REPORT_DEADLINE)
      missed = Option.isSome(answer) ? 0 : missed + 1
    }
    yield* Effect.logError(`Worker ${worker.number} does not answer and is killed`)
    yield* worker.kill
    return yield* worker.ended
  }
)

/** The handle that Node's primary listens with. */
interface Handle {
  onconnection: (...connection: ReadonlyArray<unknown>) => unknown
  readonly close: () => void
}

const LISTENS = "tracing:net.server.listen:asyncEnd"

/**
 * Finds the handle that Node's primary listens with. Call it before the first worker starts. It watches until the scope
 * closes.
 */
export const findAcceptor: Effect.Effect<() => Option.Option<Acceptor>, never, Scope.Scope> = Effect.gen(function*() {
  const servers: Array<readonly [server: object, handle: Handle]> = []
  const onListen = (message: unknown): void => {
    if (!Predicate.hasProperty(message, "server") || !Predicate.hasProperty(message.server, "_handle")) return
    const { server } = message
    if (isHandle(message.server._handle)) servers.push([server, message.server._handle])
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => subscribe(LISTENS, onListen)),
    () => Effect.sync(() => unsubscribe(LISTENS, onListen))
  )
  return () => Option.map(Option.fromUndefinedOr(servers.find(isTaken)), ([, handle]) => acceptorOf(handle))
})

const isHandle = (value: unknown): value is Handle =>
  Predicate.hasProperty(value, "onconnection") && Predicate.isFunction(value.onconnection) &&
  Predicate.hasProperty(value, "close") && Predicate.isFunction(value.close)

/** The primary takes the handle away from its server. */
const isTaken = ([server]: readonly [object, Handle]): boolean =>
  Predicate.hasProperty(server, "_handle") && server._handle === null

const acceptorOf = (handle: Handle): Acceptor => {
  const { onconnection } = handle
  let accepted = 0
  handle.onconnection = (...connection) => {
    accepted += 1
    return Reflect.apply(onconnection, handle, connection)
  }
  return { accepted: () => accepted, close: () => handle.close() }
}
