/** What every test database holds from the start. */
import type { PgPoolConfig } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"

/** Runs once in a test run, on the database all others are copied from. */
export const prepareTemplate = (_template: PgPoolConfig): Effect.Effect<void> => Effect.void
