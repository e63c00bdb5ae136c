/** What the server does beside answering requests. */
import { Effect, Layer, Schedule } from "effect"
import { describe, OUTDATED } from "../src/adapters/cli/kit/Failure.ts"
import { warnUnlessDurable } from "../src/adapters/postgres/upkeep/DurabilityCheck.ts"
import { reportClock } from "../src/domain/clock/ClockReport.ts"
import { SharedClock } from "../src/domain/clock/SharedClock.ts"
import { HouseKeeping } from "../src/domain/upkeep/HouseKeeping.ts"
import * as Announcer from "../src/kernel/Announcer.ts"
import { SchemaMigrator } from "../src/ports/SchemaMigrator.ts"
import { StoreHealth } from "../src/ports/StoreHealth.ts"
import type { StoreObstacle } from "../src/ports/StoreHealth.ts"
import { suitable } from "./compose.ts"

/** Forgets what is over, as `identity prune` does. */
export const houseKeeping = Layer.effectDiscard(
  Effect.flatMap(HouseKeeping, ({ run }) => Effect.forkScoped(run))
)

/** Keeps to the store's time, in every process. */
export const clockKept = Layer.effectDiscard(Effect.flatMap(SharedClock, ({ keep }) => Effect.forkScoped(keep)))

/** The same, in the process that speaks for its machine. */
export const clockReported = Layer.merge(
  clockKept,
  Layer.effectDiscard(Effect.flatMap(SharedClock, (clock) => Effect.forkScoped(reportClock(clock))))
)

const betweenLooks = "2 seconds"

/** Warns once, as soon as the database can be asked, if it may lose what it acknowledges. */
export const durabilityCheck = Layer.effectDiscard(
  Effect.forkScoped(Effect.retry(warnUnlessDurable, Schedule.spaced(betweenLooks)))
)

/**
 * Tells an operator why the server is not ready, until it is: the database of the configuration can't be reached, has
 * not this release's schema yet, or lacks something else. Requests are answered all the while, with 503. A database
 * that can never serve ends the start.
 */
export const schemaWatch = Layer.effectDiscard(Effect.gen(function*() {
  const migrator = yield* SchemaMigrator
  const health = yield* StoreHealth
  const look = Effect.all([migrator.pending, health.obstacles], { concurrency: "unbounded" }).pipe(
    Effect.map(([pending, obstacles]): Look => ({
      obstacles,
      sentences: [
        ...(pending.length === 0 ? [] : [OUTDATED]),
        ...obstacles.map(({ check, problem }) => `The server is not ready: ${check} ${problem}`)
      ]
    })),
    Effect.catchTag("StoreUnavailable", (outage) =>
      Effect.succeed<Look>({
        obstacles: [],
        sentences: [`${describe(outage).message} Requests are answered with 503 until then.`]
      }))
  )
  const announce = Announcer.onChange("")
  /** Answers whether something is in the way. */
  const tell = ({ sentences }: Look) => {
    const obstacle = sentences.join(" ")
    const line = obstacle === "" ? Effect.logInfo("The database is ready.") : Effect.logError(obstacle)
    return Effect.as(announce(obstacle, line), obstacle !== "")
  }
  const watch = Effect.sleep(betweenLooks).pipe(
    Effect.andThen(look),
    Effect.flatMap(tell),
    Effect.repeat({ while: (isObstructed) => isObstructed })
  )
  const first = yield* look
  yield* suitable(first.obstacles)
  if (yield* tell(first)) yield* Effect.forkScoped(watch)
}))

interface Look {
  readonly obstacles: ReadonlyArray<StoreObstacle>
  /** What is in the way, for the log. None if nothing is. */
  readonly sentences: ReadonlyArray<string>
}
