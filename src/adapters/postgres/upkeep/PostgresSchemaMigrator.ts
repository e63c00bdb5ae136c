/**
 * Applies the migrations below while servers keep running, each in its own transaction without a deadline.
 *
 * Each migration begins by claiming its row in `schema_migrations`. A second process waits for that row until the first
 * has committed, and then finds nothing left to do. So no lock is needed that some Postgres-compatible database lacks.
 *
 * Changing a table takes a lock that waits for everybody who uses the table, and everybody who comes later waits behind
 * it. One open transaction, such as that of a dump, would stop the service. So a migration waits for a lock only for a
 * moment. Then it gives up all its locks, lets the others pass, and tries again.
 */
import { Array, Clock, Data, Duration, Effect, Layer, Predicate, Result, Schedule, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { MigrationBlocked, StoreUnsuitable } from "../../../domain/model/IdentityErrors.ts"
import type { StoreUnavailable } from "../../../domain/model/IdentityErrors.ts"
import { MigrationProgress, SchemaMigrator } from "../../../ports/SchemaMigrator.ts"
import type { Migration } from "../../../ports/SchemaMigrator.ts"
import type { Connection } from "../connection/Connection.ts"
import { realClock } from "../connection/OperationTelemetry.ts"
import { PostgresClient } from "../connection/PostgresClient.ts"
import { failureCode } from "../connection/StoreFailure.ts"
import { createAccounts } from "../migrations/0001_create_accounts.ts"
import { createSessions } from "../migrations/0002_create_sessions.ts"
import { createAuditLog } from "../migrations/0003_create_audit_log.ts"
import { createIdempotencyKeys } from "../migrations/0004_create_idempotency_keys.ts"
import { createLeases } from "../migrations/0005_create_leases.ts"
import { createAttemptBudgets } from "../migrations/0006_create_attempt_budgets.ts"
import { recordAuditEvents } from "../migrations/0007_record_audit_events.ts"
import { notePasswordChanges } from "../migrations/0008_note_password_changes.ts"
import { indexSessionsByEpoch } from "../migrations/0009_index_sessions_by_epoch.ts"
import { dropSessionsAccountId } from "../migrations/0010_drop_sessions_account_id.ts"
import { boundSessionExpiry } from "../migrations/0011_bound_session_expiry.ts"
import { indexSessionExpiryBounds } from "../migrations/0012_index_session_expiry_bounds.ts"
import { dropSessionsExpiresAt } from "../migrations/0013_drop_sessions_expires_at.ts"
import { forgetAuditEntries } from "../migrations/0014_forget_audit_entries.ts"
import { createMails } from "../migrations/0015_create_mails.ts"
import { createChallenges } from "../migrations/0016_create_challenges.ts"
import { noteAuthentication } from "../migrations/0017_note_authentication.ts"
import { createFactors } from "../migrations/0018_create_factors.ts"
import { createApiKeys } from "../migrations/0019_create_api_keys.ts"
import { nameRelyingParties } from "../migrations/0020_name_relying_parties.ts"
import { importAccounts } from "../migrations/0021_import_accounts.ts"
import { indexExternalIds } from "../migrations/0022_index_external_ids.ts"
import { nameSigningKeys } from "../migrations/0023_name_signing_keys.ts"
import { noteProvenEmails } from "../migrations/0024_note_proven_emails.ts"
import { indexVerifiedEmails } from "../migrations/0025_index_verified_emails.ts"
import { indexRareActions } from "../migrations/0026_index_rare_actions.ts"
import { reader } from "../rows.ts"
import { execute, statement } from "../statement.ts"
import { findMigrationObstacles } from "./DatabaseRequirements.ts"

export interface SqlMigration extends Migration {
  /** They only ever expand the schema, so that the previous release works beside this one. */
  readonly statements: ReadonlyArray<string>
  /**
   * Whether the statements run outside of any transaction, to build an index while others write. They must take no lock
   * that others would wait for, and must be repeatable after a failure half-way.
   */
  readonly outsideTransaction?: true
}

/** All migrations, in order. */
export const migrations: ReadonlyArray<SqlMigration> = [
  { id: 1, name: "create_accounts", statements: createAccounts },
  { id: 2, name: "create_sessions", statements: createSessions },
  { id: 3, name: "create_audit_log", statements: createAuditLog },
  { id: 4, name: "create_idempotency_keys", statements: createIdempotencyKeys },
  { id: 5, name: "create_leases", statements: createLeases },
  { id: 6, name: "create_attempt_budgets", statements: createAttemptBudgets },
  { id: 7, name: "record_audit_events", statements: recordAuditEvents },
  { id: 8, name: "note_password_changes", statements: notePasswordChanges },
  { id: 9, name: "index_sessions_by_epoch", statements: indexSessionsByEpoch, outsideTransaction: true },
  { id: 10, name: "drop_sessions_account_id", statements: dropSessionsAccountId },
  { id: 11, name: "bound_session_expiry", statements: boundSessionExpiry },
  { id: 12, name: "index_session_expiry_bounds", statements: indexSessionExpiryBounds, outsideTransaction: true },
  { id: 13, name: "drop_sessions_expires_at", statements: dropSessionsExpiresAt },
  { id: 14, name: "forget_audit_entries", statements: forgetAuditEntries },
  { id: 15, name: "create_mails", statements: createMails },
  { id: 16, name: "create_challenges", statements: createChallenges },
  { id: 17, name: "note_authentication", statements: noteAuthentication },
  { id: 18, name: "create_factors", statements: createFactors },
  { id: 19, name: "create_api_keys", statements: createApiKeys },
  { id: 20, name: "name_relying_parties", statements: nameRelyingParties },
  { id: 21, name: "import_accounts", statements: importAccounts },
  { id: 22, name: "index_external_ids", statements: indexExternalIds, outsideTransaction: true },
  { id: 23, name: "name_signing_keys", statements: nameSigningKeys },
  { id: 24, name: "note_proven_emails", statements: noteProvenEmails },
  { id: 25, name: "index_verified_emails", statements: indexVerifiedEmails, outsideTransaction: true },
  { id: 26, name: "index_rare_actions", statements: indexRareActions, outsideTransaction: true }
]

/** The number of the last migration. */
export const SCHEMA = migrations.at(-1)?.id ?? 0

export interface MigratorOptions {
  readonly migrations: ReadonlyArray<SqlMigration>
  /** How long a migration tries to get its locks. */
  readonly patience: Duration.Duration
}

export const layerOf = (options: MigratorOptions): Layer.Layer<SchemaMigrator, never, PostgresClient> =>
  Layer.effect(SchemaMigrator, Effect.map(PostgresClient, (client) => make(client, options)))

export const layer = layerOf({ migrations, patience: Duration.minutes(10) })

const make = (client: PostgresClient["Service"], { migrations, patience }: MigratorOptions) => {
  const pending = Effect.map(
    client.read("SchemaMigrator.pending", findApplied),
    (applied) => without(migrations, applied).map(describe)
  )

  const ahead = Effect.map(
    client.read("SchemaMigrator.ahead", findApplied),
    (applied) => without(applied, migrations)
  )

  // A role that must not create tables can still learn that nothing is pending.
  const plan = Effect.tap(pending, (migrations) =>
    migrations.length === 0 ? Effect.void : Effect.flatMap(
      client.read("SchemaMigrator.findObstacles", findMigrationObstacles),
      (problems) => Array.isReadonlyArrayNonEmpty(problems) ? new StoreUnsuitable({ problems }) : Effect.void
    ))

  const applyBeside = (migration: SqlMigration) =>
    client.transactWithoutDeadline("SchemaMigrator.applyBeside", (connection) => executeOutside(connection, migration))

  const migrate = Effect.scoped(Effect.gen(function*() {
    const planned = new Set((yield* plan).map(({ id }) => id))
    if (planned.size === 0) return []
    yield* client.run("SchemaMigrator.createTable", createTable)
    const transact = yield* client.transactionsWithoutDeadline
    const last = Math.max(...planned)
    const applyUnblocked = (migration: SqlMigration) =>
      transact("SchemaMigrator.apply", (connection) => apply(connection, migration, migration.id === last, applyBeside))
        .pipe(
          Effect.tapErrorTag(
            "TableInUse",
            () => Effect.flatMap(MigrationProgress, ({ blocked }) => blocked(describe(migration)))
          ),
          Effect.retry({
            while: Predicate.isTagged("TableInUse"),
            schedule: Schedule.upTo(Schedule.spaced(PAUSE), { duration: patience })
          }),
          Effect.catchTag("TableInUse", () => new MigrationBlocked({ ...describe(migration), waited: patience })),
          // It waits for the database, so it uses real time even where a test moves the service's clock.
          Effect.provideService(Clock.Clock, realClock)
        )
    return (yield* Effect.forEach(migrations.filter(({ id }) => planned.has(id)), applyUnblocked)).flat()
  }))

  return SchemaMigrator.of({ pending, ahead, plan, migrate })
}

/** Long enough to answer everybody who queued behind one try before the next. */
const PAUSE = Duration.seconds(1)

/** A lock was not available in time, and the attempt was rolled back. */
class TableInUse extends Data.TaggedError("TableInUse") {}

const findApplied = (connection: Connection) =>
  connection.query(`SELECT id, name FROM schema_migrations ORDER BY id`).pipe(
    Effect.catchIf(failedWith("42P01"), () => Effect.succeed({ rows: [] })),
    Effect.map(({ rows }) => rows.map(toMigration))
  )

const toMigration = reader("schema_migrations", "id", Schema.Struct({ id: Schema.Int, name: Schema.String }))

const without = <M extends Migration>(
  migrations: ReadonlyArray<M>,
  others: ReadonlyArray<Migration>
): ReadonlyArray<M> => migrations.filter(({ id }) => !others.some((other) => other.id === id))

// `IF NOT EXISTS` isn't atomic: two simultaneous calls can both find nothing. The loser then fails on a system catalog
// or on the name of the table's row type, although the winner's table is there.
const createTable = (connection: Connection) =>
  connection.query(`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      id integer PRIMARY KEY,
      name text NOT NULL,
      applied_at timestamptz NOT NULL
    )`).pipe(Effect.catchIf(failedWith("23505", "42P07", "42710"), () => Effect.void))

/** Returns the applied migration, or none if somebody else has applied it. */
const apply = Effect.fnUntraced(
  function*(
    connection: Connection,
    migration: SqlMigration,
    isLast: boolean,
    applyBeside: (migration: SqlMigration) => Effect.Effect<void, StoreUnavailable>
  ): Effect.fn.Return<Result.Result<ReadonlyArray<Migration>, StoreUnavailable | TableInUse>, SqlError> {
    // A waiting transaction here has a snapshot, and an index that is being built waits for every snapshot, so nobody
    // may wait here.
    if (migration.outsideTransaction) yield* connection.query(limitLockWaits)
    // Waits for another process that applies the migration, for as long as it takes: nobody has to wait behind this.
    const { rowCount } = yield* execute(connection, claimMigration, migration)
    if (rowCount === 0) return none
    const applied = Result.succeed([describe(migration)])
    if (migration.outsideTransaction) return Result.flatMap(yield* Effect.result(applyBeside(migration)), () => applied)
    yield* connection.query(limitLockWaits)
    // Only the last commit waits for the disk, and with it for all before. A power loss can't take one of them alone.
    if (!isLast) yield* connection.query(`SET LOCAL synchronous_commit = 'off'`)
    yield* Effect.forEach(migration.statements, (statement) => connection.query(statement), { discard: true })
    return applied
  },
  (effect) => Effect.catchIf(effect, failedWith("55P03"), () => Effect.succeed(Result.fail(new TableInUse())))
)

/** Leaves its transaction, and starts an empty one afterwards. */
const executeOutside = Effect.fnUntraced(function*(connection: Connection, migration: SqlMigration) {
  yield* connection.query("COMMIT")
  yield* Effect.forEach(migration.statements, (statement) => connection.query(statement), { discard: true })
  yield* connection.query("BEGIN")
  return Result.void
})

const none = Result.succeed<ReadonlyArray<Migration>>([])

const claimMigration = statement<Migration>(($) => `
  INSERT INTO schema_migrations (id, name, applied_at) VALUES (${$(({ id }) => id)}, ${$(({ name }) => name)}, now())
  ON CONFLICT (id) DO NOTHING`)

const limitLockWaits = `SET LOCAL lock_timeout = '200ms'`

const describe = ({ id, name }: SqlMigration): Migration => ({ id, name })

const failedWith = (...states: ReadonlyArray<string>) => (error: SqlError) => states.includes(failureCode(error))
