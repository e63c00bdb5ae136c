/**
 * Ends a listener without a reset.
 *
 * Closing a listener resets the connections in the kernel's accept queue, and closing a connection resets a request
 * that is on its way. So the listener goes on accepting until no new connections come, and keeps idle connections for a
 * while. A request that arrives on one is answered, and the answer says that it was the last.
 */
import { Deferred, Duration, Effect } from "effect"
import { Server as NetServer } from "node:net"
import type { Server } from "node:net"
import { afterReading, stopAccepting } from "../../../platform/process/PortClosing.ts"
import type { Connections } from "./Connections.ts"
import type { DrainOptions } from "./ListenerState.ts"

export const drain = Effect.fnUntraced(
  function*(server: Server, connections: Connections, { enter, shutdownDelay, shutdownTimeout }: DrainOptions) {
    yield* enter("draining")
    yield* Effect.sleep(shutdownDelay)
    yield* enter("stopping")
    const ended = Deferred.makeUnsafe<void>()
    yield* stopAccepting({
      accepted: () => connections.accepted,
      // Not the server's own `close`, which also closes idle connections.
      close: () => NetServer.prototype.close.call(server, () => Deferred.doneUnsafe(ended, Effect.void))
    })
    yield* enter("closing")
    const goodbyes = Effect.sleep(ROUND).pipe(
      Effect.andThen(afterReading(() => connections.dismiss())),
      Effect.forever
    )
    yield* Effect.timeoutOption(Effect.raceFirst(Deferred.await(ended), goodbyes), shutdownTimeout)
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
