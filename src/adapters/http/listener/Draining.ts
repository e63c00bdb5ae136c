/**
 * How a listener ends without a reset.
 *
 * A listener that is closed resets whatever still waits in the kernel's queue to be accepted, and a connection that is
 * closed resets the request that is on its way. So the listener goes on accepting until nobody comes any more, and
 * connections without a request are kept for a while: a request that they bring is answered, with the news that it was
 * the last one.
 */
import { Deferred, Duration, Effect } from "effect"
import { Server as NetServer } from "node:net"
import type { Server } from "node:net"
import { afterReading, stopAccepting } from "../../../platform/process/PortClosing.ts"
import type { Connections } from "./Connections.ts"

export interface DrainOptions {
  /** How long everything goes on as before. Those who send requests here get to know meanwhile that they should not. */
  readonly delay: Duration.Duration
  /** How long requests under way get after that. */
  readonly timeout: Duration.Duration
}

export const drain = Effect.fnUntraced(
  function*(server: Server, connections: Connections, { delay, timeout }: DrainOptions) {
    yield* Effect.sleep(delay)
    const ended = Deferred.makeUnsafe<void>()
    yield* stopAccepting({
      accepted: () => connections.accepted,
      // Not the server's own `close`, which closes idle connections too.
      close: () => NetServer.prototype.close.call(server, () => Deferred.doneUnsafe(ended, Effect.void))
    })
    const goodbyes = Effect.sleep(ROUND).pipe(
      Effect.andThen(afterReading(() => connections.dismiss())),
      Effect.forever
    )
    yield* Effect.timeoutOption(Effect.raceFirst(Deferred.await(ended), goodbyes), timeout)
  },
  (draining, server, connections) =>
    Effect.ensuring(
      draining,
      Effect.sync(() => {
        server.close()
        connections.cut()
      })
    )
)

const ROUND = Duration.millis(50)
