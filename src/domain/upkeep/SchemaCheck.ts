/** Whether the store fits this release and has its schema: before a command, and while a server waits for it. */
import { Array, Effect } from "effect"
import type { Scope } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { SchemaMigrator } from "../../ports/SchemaMigrator.ts"
import { StoreHealth } from "../../ports/StoreHealth.ts"
import type { StoreObstacle } from "../../ports/StoreHealth.ts"
import { StoreUnavailable, StoreUnsuitable } from "../model/IdentityErrors.ts"
import { adviceOn } from "../model/StoreAdvice.ts"

/** Fails unless the store can be used as it is. It is migrated when its operators want it. */
export const requireSchema = Effect.gen(function*() {
  const migrator = yield* SchemaMigrator
  const obstacles = yield* (yield* StoreHealth).obstacles
  yield* suitable(obstacles)
  if ((yield* migrator.pending).length === 0) return
  // Who may not use a schema sees none.
  const reason = obstacles.some(({ check }) => check === "rights") ? "right-missing" : "schema-outdated"
  return yield* new StoreUnavailable({ reason })
})

/** A store that can never serve is not waited for. */
const suitable = Effect.fnUntraced(function*(obstacles: ReadonlyArray<StoreObstacle>) {
  const problems = obstacles.filter(({ check }) => check === "database").map(({ problem }) => problem)
  if (Array.isReadonlyArrayNonEmpty(problems)) return yield* new StoreUnsuitable({ problems })
})

const BETWEEN_LOOKS = "2 seconds"

/**
 * Tells an operator why the server is not ready, until it is: the store can't be reached, has not this release's schema
 * yet, or lacks something else. Requests are answered all the while, with 503. A store that can never serve ends the
 * start.
 */
export const watchSchema: Effect.Effect<
  void,
  StoreUnsuitable,
  SchemaMigrator | StoreHealth | Scope.Scope
> = Effect.gen(function*() {
  const migrator = yield* SchemaMigrator
  const health = yield* StoreHealth
  const look = Effect.all([migrator.pending, health.obstacles], { concurrency: "unbounded" }).pipe(
    Effect.map(([pending, obstacles]): Look => ({
      obstacles,
      sentences: [
        ...(pending.length === 0 ? [] : [adviceOn("schema-outdated")]),
        ...obstacles.map(({ check, problem }) => `The server is not ready: ${check} ${problem}`)
      ]
    })),
    Effect.catchTag("StoreUnavailable", ({ reason }) =>
      Effect.succeed<Look>({
        obstacles: [],
        sentences: [`${adviceOn(reason)} Requests are answered with 503 until then.`]
      }))
  )
  const announce = Announcer.onChange("")
  /** Answers whether something is in the way. */
  const tell = ({ sentences }: Look) => {
    const obstacle = sentences.join(" ")
    const line = obstacle === "" ? Effect.logInfo("The database is ready.") : Effect.logError(obstacle)
    return Effect.as(announce(obstacle, line), obstacle !== "")
  }
  const watch = Effect.sleep(BETWEEN_LOOKS).pipe(
    Effect.andThen(look),
    Effect.flatMap(tell),
    Effect.repeat({ while: (isObstructed) => isObstructed })
  )
  const first = yield* look
  yield* suitable(first.obstacles)
  if (yield* tell(first)) yield* Effect.forkScoped(watch)
})

interface Look {
  readonly obstacles: ReadonlyArray<StoreObstacle>
  /** What is in the way, for the log. None if nothing is. */
  readonly sentences: ReadonlyArray<string>
}
