/**
 * How the primary stops accepting connections for its workers without resetting one.
 *
 * By itself, Node's primary listens until the last worker has closed, and closes the port then and there: whoever waits
 * to be accepted is reset, and so is whoever was on the way to that worker. So the primary closes the port before any
 * worker does, and the workers go on until each has got what was on its way. Where Node comes to accept in another way,
 * nothing is found to close, and the port is closed as ever.
 */
import { Effect, Option, Predicate } from "effect"
import type { Scope } from "effect"
import { subscribe, unsubscribe } from "node:diagnostics_channel"

/** What accepts connections at a port. */
export interface Acceptor {
  /** How many connections it ever accepted. */
  readonly accepted: () => number
  /** Closes the port. */
  readonly close: () => void
}

/** The handle that Node's primary listens with. */
interface Handle {
  onconnection: (...connection: ReadonlyArray<unknown>) => unknown
  readonly close: () => void
}

const LISTENS = "tracing:net.server.listen:asyncEnd"

/** Notices what Node's primary listens with, until the scope closes. To be made before the first worker. */
export const notice: Effect.Effect<() => Option.Option<Acceptor>, never, Scope.Scope> = Effect.gen(function*() {
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

/** The primary takes the handle away from the server that it listened with. */
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
