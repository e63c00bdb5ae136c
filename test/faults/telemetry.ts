/** F14: nobody takes what the server says about itself. */
import { Effect } from "effect"
import { once } from "node:events"
import { createServer } from "node:net"
import { freePorts } from "../e2e/IdentityProcess.ts"
import type { Variables } from "../e2e/IdentityProcess.ts"
import { checkOf } from "./Crowd.ts"
import { least, none, Trial } from "./Fault.ts"
import type { Fault } from "./Fault.ts"
import { cut, makeWorld } from "./World.ts"

/** A collector that takes connections and never answers; its port. */
const silentCollector = Effect.map(
  Effect.acquireRelease(
    Effect.promise(async () => {
      const server = createServer().listen(0, "127.0.0.1")
      await once(server, "listening")
      return server
    }),
    (server) => Effect.sync(() => server.close())
  ),
  (server) => {
    const address = server.address()
    return typeof address === "object" && address !== null ? address.port : 0
  }
)

const collectorAt = (port: number): Variables => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  OTEL_METRIC_EXPORT_INTERVAL: "500",
  OTEL_TRACES_SAMPLER: "always_on"
})

const TALKATIVE: Variables = { IDENTITY_LOG_LEVEL: "info" }

/** A line for each of them is more than a pipe holds. */
const LINES = 2000

const deafness = Effect.gen(function*() {
  const { plan } = yield* Trial
  const world = yield* makeWorld()
  const [closed] = yield* freePorts
  const first = yield* world.start()
  const session = yield* world.signedIn
  world.forget(first)
  const circumstances = [collectorAt(closed), collectorAt(yield* silentCollector), TALKATIVE]
  const round = Effect.fnUntraced(function*(variables: Variables) {
    const server = yield* world.start(variables)
    if (variables === TALKATIVE) {
      server.child.stderr?.pause()
      yield* Effect.replicateEffect(
        Effect.promise(() => world.recorder.send(server.url, checkOf("", session))),
        LINES,
        { concurrency: 8, discard: true }
      )
    }
    yield* world.during({ size: 4 }, Effect.sleep(plan.full ? "30 seconds" : "3 seconds"))
    world.forget(server)
    server.child.kill("SIGTERM")
    server.child.stderr?.resume()
    return yield* Effect.orDie(server.ended)
  })
  const ends = yield* Effect.forEach(circumstances, round)
  yield* world.start()
  const { exchanges } = world.recorder
  return [
    least("requests", exchanges.length, 100),
    cut(exchanges),
    none("answers of 503", exchanges.filter(({ code }) => code === "unavailable")),
    none("exit codes other than 0", ends.filter(({ exitCode }) => exitCode !== 0)),
    ...yield* world.judged
  ]
})

export const telemetryFaults: ReadonlyArray<Fault> = [
  { id: "F14", title: "The collector is away or silent, the log's pipe full", run: deafness }
]
