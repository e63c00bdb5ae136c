/**
 * Applies the migrations below, in one transaction without a deadline.
 *
 * Each begins by claiming its row in `schema_migrations`. Whoever comes second waits on that row until the first has
 * committed, and then finds nothing left to do: no lock is needed that some Postgres-compatible database lacks.
 */
import { Array, DateTime, Effect, Layer } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { StoreUnsuitable } from "../../domain/model/IdentityErrors.ts"
import { SchemaMigrator } from "../../ports/SchemaMigrator.ts"
import type { Migration } from "../../ports/SchemaMigrator.ts"
import { findMigrationObstacles } from "./DatabaseRequirements.ts"
import { createAccounts } from "./migrations/0001_create_accounts.ts"
import { createSessions } from "./migrations/0002_create_sessions.ts"
import { createAuditLog } from "./migrations/0003_create_audit_log.ts"
import { createIdempotencyKeys } from "./migrations/0004_create_idempotency_keys.ts"
import { createLeases } from "./migrations/0005_create_leases.ts"
import { createAttemptBudgets } from "./migrations/0006_create_attempt_budgets.ts"
import { recordAuditEvents } from "./migrations/0007_record_audit_events.ts"
import { PostgresClient } from "./PostgresClient.ts"
import type { Connection } from "./PostgresClient.ts"
import { failureCode } from "./StoreFailure.ts"

interface SqlMigration extends Migration {
  /** Only ever expand: the previous release works on beside this one. */
  readonly statements: ReadonlyArray<string>
}

/** All there are, in order. */
export const migrations: ReadonlyArray<SqlMigration> = [
  { id: 1, name: "create_accounts", statements: createAccounts },
  { id: 2, name: "create_sessions", statements: createSessions },
  { id: 3, name: "create_audit_log", statements: createAuditLog },
  { id: 4, name: "create_idempotency_keys", statements: createIdempotencyKeys },
  { id: 5, name: "create_leases", statements: createLeases },
  { id: 6, name: "create_attempt_budgets", statements: createAttemptBudgets },
  { id: 7, name: "record_audit_events", statements: recordAuditEvents }
]

export const layer: Layer.Layer<SchemaMigrator, never, PostgresClient> = Layer.effect(
  SchemaMigrator,
  Effect.map(PostgresClient, (client) => {
    const pending = client.run("SchemaMigrator.pending", findPending)

    // A role that may not create tables can still learn that there is nothing to do.
    const plan = Effect.tap(pending, (migrations) =>
      migrations.length === 0 ? Effect.void : Effect.flatMap(
        client.run("SchemaMigrator.findObstacles", findMigrationObstacles),
        (problems) => Array.isReadonlyArrayNonEmpty(problems) ? new StoreUnsuitable({ problems }) : Effect.void
      ))

    const migrate = Effect.gen(function*() {
      if ((yield* plan).length === 0) return []
      yield* client.run("SchemaMigrator.createTable", createTable)
      return yield* client.transactUnhurried("SchemaMigrator.migrate", applyPending)
    })

    return SchemaMigrator.of({ pending, plan, migrate })
  })
)

const findPending = Effect.fnUntraced(function*(connection: Connection) {
  const { rows } = yield* connection.query(`SELECT id FROM schema_migrations`).pipe(
    Effect.catchIf(failedWith("42P01"), () => Effect.succeed({ rows: [] }))
  )
  const applied = new Set(rows.map((row) => row["id"]))
  return migrations.filter(({ id }) => !applied.has(id)).map(describe)
})

// `IF NOT EXISTS` looks before it leaps: two at the same time can both find nothing, and the loser of that race fails
// on a catalog of the system or on the name of the table's row type, when the winner's table is there.
const createTable = (connection: Connection) =>
  connection.query(`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      id integer PRIMARY KEY,
      name text NOT NULL,
      applied_at timestamptz NOT NULL
    )`).pipe(Effect.catchIf(failedWith("23505", "42P07", "42710"), () => Effect.void))

const applyPending = Effect.fnUntraced(function*(connection: Connection) {
  const now = DateTime.toDateUtc(yield* DateTime.now)
  const applied = yield* Effect.forEach(migrations, (migration) => apply(connection, migration, now))
  return applied.flat()
})

const apply = Effect.fnUntraced(function*(connection: Connection, migration: SqlMigration, now: Date) {
  const { rowCount } = yield* connection.query(claimMigration, [migration.id, migration.name, now])
  if (rowCount === 0) return []
  yield* Effect.forEach(migration.statements, (statement) => connection.query(statement), { discard: true })
  return [describe(migration)]
})

const claimMigration = `
  INSERT INTO schema_migrations (id, name, applied_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING`

const describe = ({ id, name }: SqlMigration): Migration => ({ id, name })

const failedWith = (...states: ReadonlyArray<string>) => (error: SqlError) => states.includes(failureCode(error))
