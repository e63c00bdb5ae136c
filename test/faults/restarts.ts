/** F1 and F10: the server ends at random moments of a load, by force or by request, and starts again. */
import { Duration, Effect } from "effect"
import type { Server } from "../e2e/IdentityProcess.ts"
import { cutIn } from "./Checker.ts"
import { least, most, none, Trial } from "./Fault.ts"
import type { Fault } from "./Fault.ts"
import { makeWorld } from "./World.ts"

const CROWD = { size: 8 } as const

/** Ends servers this many times, each at a moment of its own; answers how long each start and end took, in seconds. */
const endAgainAndAgain = Effect.fnUntraced(function*(
  times: number,
  end: (server: Server) => Effect.Effect<number | null>
) {
  const { plan } = yield* Trial
  const world = yield* makeWorld()
  const { exchanges } = world.recorder
  const round = Effect.scoped(Effect.gen(function*() {
    const [start, server] = yield* Effect.timed(world.start())
    const enough = exchanges.length + world.dice.between(0, plan.full ? 300 : 100)
    yield* Effect.repeat(Effect.sleep("1 millis"), { until: () => exchanges.length >= enough }).pipe(
      Effect.timeoutOption("5 seconds")
    )
    const [stop, exitCode] = yield* Effect.timed(end(server))
    world.forget(server)
    return { start: Duration.toSeconds(start), stop: Duration.toSeconds(stop), exitCode }
  }))
  // Somebody has to answer what the crowd still asks.
  const rounds = yield* world.during(CROWD, Effect.replicateEffect(round, times).pipe(Effect.tap(world.start())))
  return { world, rounds, figures: yield* world.judged }
})

const longest = (seconds: ReadonlyArray<number>) => Math.max(...seconds)

const kill = Effect.gen(function*() {
  const { plan } = yield* Trial
  const times = plan.full ? 200 : 8
  const { figures, rounds } = yield* endAgainAndAgain(times, (server) => {
    server.child.kill("SIGKILL")
    return Effect.as(server.died, null)
  })
  return [
    least("kills", rounds.length, times),
    ...figures,
    most("longest until ready again", longest(rounds.map(({ start }) => start)), 2, "s")
  ]
})

const terminate = Effect.gen(function*() {
  const { plan } = yield* Trial
  const times = plan.full ? 100 : 5
  const { figures, rounds, world } = yield* endAgainAndAgain(times, (server) => {
    server.child.kill("SIGTERM")
    return Effect.map(server.ended, ({ exitCode }) => exitCode)
  })
  const cuts = cutIn(world.recorder.exchanges)
  return [
    least("ends", rounds.length, times),
    ...figures,
    none("requests cut on kept connections", cuts.filter(({ isKept }) => isKept)),
    none("new connections cut as the port closed", cuts.filter(({ isKept }) => !isKept)),
    none("exit codes other than 0", rounds.filter(({ exitCode }) => exitCode !== 0)),
    most("longest end", longest(rounds.map(({ stop }) => stop)), 10, "s")
  ]
})

export const restarts: ReadonlyArray<Fault> = [
  { id: "F1", title: "The server is killed at random moments", run: kill },
  { id: "F10", title: "The server is asked to end at random moments", run: terminate }
]
