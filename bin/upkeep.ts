/** What the server does beside answering requests. */
import { Effect, Layer, Schedule } from "effect"
import { warnUnlessDurable } from "../src/adapters/postgres/DurabilityCheck.ts"
import { HouseKeeping } from "../src/domain/services/HouseKeeping.ts"
import { SchemaMigrator } from "../src/ports/SchemaMigrator.ts"
import { OUTDATED } from "./composition.ts"

/** Forgets what is over, as `identity prune` does. */
export const houseKeeping = Layer.effectDiscard(
  Effect.flatMap(HouseKeeping, ({ run }) => Effect.forkScoped(run))
)

const betweenLooks = "2 seconds"

/** Warns once, as soon as the database can be asked, if it may lose what it acknowledges. */
export const durabilityCheck = Layer.effectDiscard(
  Effect.forkScoped(Effect.retry(warnUnlessDurable, Schedule.spaced(betweenLooks)))
)

/**
 * Tells an operator why the server is not ready, until it is: the database of the configuration can't be reached, or
 * its schema is not this release's yet. Requests are answered all the while, with 503.
 */
export const schemaWatch = Layer.effectDiscard(Effect.gen(function*() {
  const migrator = yield* SchemaMigrator
  const look = migrator.pending.pipe(
    Effect.map((pending) => pending.length === 0 ? undefined : OUTDATED),
    Effect.catchTag("StoreUnavailable", () => Effect.succeed(UNREACHABLE))
  )
  const watch = (told: string | undefined): Effect.Effect<void> =>
    Effect.gen(function*() {
      const obstacle = yield* look
      if (obstacle === undefined) {
        return yield* told === undefined ? Effect.void : Effect.logInfo("The database is ready.")
      }
      if (obstacle !== told) yield* Effect.logError(obstacle)
      yield* Effect.sleep(betweenLooks)
      return yield* watch(obstacle)
    })
  yield* Effect.forkScoped(watch(undefined))
}))

const UNREACHABLE =
  "The database of IDENTITY_DATABASE_URL can't be reached. Requests are answered with 503 until it can."
