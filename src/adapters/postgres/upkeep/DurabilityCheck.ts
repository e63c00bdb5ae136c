/**
 * Whether Postgres keeps what it acknowledges. With either setting off, a power loss takes acknowledged accounts, and
 * brings ended sessions back to life.
 */
import { Effect, Layer, Schedule } from "effect"
import type { StoreUnavailable } from "../../../domain/model/IdentityErrors.ts"
import { PostgresClient } from "../connection/PostgresClient.ts"

/** Warns of each setting that is off. For the start of a server. */
export const warnUnlessDurable: Effect.Effect<void, StoreUnavailable, PostgresClient> = Effect.gen(function*() {
  const client = yield* PostgresClient
  const { rows } = yield* client.read("Postgres.checkDurability", (connection) => connection.query(selectRisks))
  yield* Effect.forEach(
    rows,
    ({ name }) =>
      Effect.logWarning("Postgres may lose what it has acknowledged: a setting is off").pipe(
        Effect.annotateLogs({ "postgres.setting": name })
      ),
    { discard: true }
  )
})

const selectRisks = `SELECT name FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off'`

/** The same beside the start of a server, as soon as the database can be asked. */
export const layer = Layer.effectDiscard(
  Effect.forkScoped(Effect.retry(warnUnlessDurable, Schedule.spaced("2 seconds")))
)
