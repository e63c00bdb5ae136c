/**
 * Checks that the store fits this release and has its schema, before a command and while a server waits for the store.
 */
import { Array, Effect, Schedule } from "effect"
import type { Scope } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { CommandName, typeable } from "../../kernel/CommandName.ts"
import { isSchemaAbsent, SchemaMigrator } from "../../ports/SchemaMigrator.ts"
import type { Migration } from "../../ports/SchemaMigrator.ts"
import { StoreHealth } from "../../ports/StoreHealth.ts"
import type { StoreObstacle } from "../../ports/StoreHealth.ts"
import { StoreUnavailable, StoreUnsuitable } from "../model/IdentityErrors.ts"
import { adviceOn } from "../model/StoreAdvice.ts"

/** Fails unless the store can be used now. Only operators start a migration. */
export const requireSchema = Effect.gen(function*() {
  const migrator = yield* SchemaMigrator
  const obstacles = yield* (yield* StoreHealth).obstacles
  yield* suitable(obstacles)
  const pending = yield* migrator.pending
  if (pending.length === 0) return
  // A role without rights on the schema sees no schema.
  const reason = obstacles.some(({ check }) => check === "rights") ? "right-missing" : schemaProblem(pending)
  return yield* new StoreUnavailable({ reason })
})

const schemaProblem = (pending: ReadonlyArray<Migration>) =>
  isSchemaAbsent(pending) ? "schema-absent" : "schema-outdated"

/** Fails if the store can never serve, because waiting for it would be useless. */
const suitable = Effect.fnUntraced(function*(obstacles: ReadonlyArray<StoreObstacle>) {
  const problems = obstacles.filter(({ check }) => check === "database").map(({ problem }) => problem)
  if (Array.isReadonlyArrayNonEmpty(problems)) return yield* new StoreUnsuitable({ problems })
})

const INTERVAL = "2 seconds"

const MEANWHILE = "Until the database is ready, requests are answered with 503."

/**
 * Logs why the server is not ready, until it is: the store can't be reached, doesn't have this release's schema yet, or
 * lacks something else. Requests are answered with 503 meanwhile. Fails if the store can never serve.
 */
export const watchSchema: Effect.Effect<
  void,
  StoreUnsuitable,
  SchemaMigrator | StoreHealth | Scope.Scope
> = Effect.gen(function*() {
  const migrator = yield* SchemaMigrator
  const health = yield* StoreHealth
  const name = yield* CommandName
  const inspect = Effect.all([migrator.pending, health.obstacles], { concurrency: "unbounded" }).pipe(
    Effect.map(([pending, obstacles]): Inspection => ({
      obstacles,
      sentences: [
        ...(pending.length === 0 ? [] : [`${adviceOn({ reason: schemaProblem(pending) })} ${MEANWHILE}`]),
        ...obstacles.map(({ check, problem }) => `The server is not ready: ${check} ${problem}`)
      ]
    })),
    Effect.catchTag(
      "StoreUnavailable",
      (outage) => Effect.succeed<Inspection>({ obstacles: [], sentences: [`${adviceOn(outage)} ${MEANWHILE}`] })
    )
  )
  const announce = Announcer.onChange("")
  /** Returns whether something keeps the store from serving. */
  const report = ({ sentences }: Inspection) => {
    const obstacle = typeable(sentences.join(" "), name)
    const line = obstacle === "" ? Effect.logInfo("The database is ready.") : Effect.logError(obstacle)
    return Effect.as(announce(obstacle, line), obstacle !== "")
  }
  const watch = Effect.sleep(INTERVAL).pipe(
    Effect.andThen(inspect),
    Effect.flatMap(report),
    Effect.repeat({ while: (isObstructed) => isObstructed })
  )
  const first = yield* inspect
  yield* suitable(first.obstacles)
  if (yield* report(first)) yield* Effect.forkScoped(watch)
})

interface Inspection {
  readonly obstacles: ReadonlyArray<StoreObstacle>
  /** The reasons why the store doesn't serve, for the log. Empty if it does. */
  readonly sentences: ReadonlyArray<string>
}

/** Waits until the schema is that of this release, for work that can do nothing without it. */
export const awaitSchema: Effect.Effect<void, never, SchemaMigrator> = Effect.gen(function*() {
  const { pending } = yield* SchemaMigrator
  const isCurrent = Effect.orElseSucceed(Effect.map(pending, ({ length }) => length === 0), () => false)
  yield* Effect.repeat(isCurrent, { until: (found) => found, schedule: Schedule.spaced(INTERVAL) })
})
