/**
 * Examines the whole database for operators: whether it can serve this release, and whether its settings allow what
 * this release promises.
 */
import { Effect, Schema } from "effect"
import type { StoreUnavailable } from "../../../domain/model/IdentityErrors.ts"
import { explainOutage } from "../../../domain/model/StoreAdvice.ts"
import { failure, ok, unchecked, warning } from "../../../kernel/Finding.ts"
import type { Check, Finding } from "../../../kernel/Finding.ts"
import { isSchemaAbsent, SchemaMigrator } from "../../../ports/SchemaMigrator.ts"
import type { Migration } from "../../../ports/SchemaMigrator.ts"
import { PostgresClient } from "../connection/PostgresClient.ts"
import { reader } from "../rows.ts"
import { readingOne, statement } from "../statement.ts"
import { judgeRequirements } from "./DatabaseRequirements.ts"
import { judgeStandbys, readStandbys } from "./SynchronousStandbys.ts"

/** One server's own demands on its database. */
export interface Demands {
  /** How many connections it may have at once. Undefined where a pooler shares connections. */
  readonly connections: number | undefined
  /** Whether old entries of the audit log are to be deleted. */
  readonly prunesEntries: boolean
}

/** The checks of `examineDatabase`. */
export const databaseChecks: ReadonlyArray<Check> = [
  "database",
  "encoding",
  "schema",
  "rights",
  "writes",
  "durability",
  "standbys",
  "connections"
]

/** Reads and changes nothing. */
export const examineDatabase = Effect.fnUntraced(
  function*(
    demands: Demands
  ): Effect.fn.Return<ReadonlyArray<Finding>, StoreUnavailable, PostgresClient | SchemaMigrator> {
    const { read } = yield* PostgresClient
    const { ahead, pending } = yield* SchemaMigrator
    const requirements = yield* read("Postgres.judge", (connection) => judgeRequirements(connection, demands))
    const facts = yield* read("Postgres.describe", readFacts)
    const standbys = yield* read("Postgres.judgeStandbys", readStandbys)
    const lacking = yield* pending
    const found = requirements.map((it) =>
      it.check === "rights" && it.outcome === "ok" && lacking.length > 0
        ? unchecked("rights", `the schema is ${isSchemaAbsent(lacking) ? "absent" : "older than this release"}`)
        : it
    )
    return [
      ...found,
      judgeSchema(lacking, yield* ahead),
      ...judgeDurability(facts),
      judgeStandbys(standbys),
      judgeConnections(facts, demands)
    ]
      .toSorted((one, other) => databaseChecks.indexOf(one.check) - databaseChecks.indexOf(other.check))
  }
)

const Facts = Schema.Struct({
  fsync: Schema.String,
  synchronous_commit: Schema.String,
  connections_max: Schema.Int
})

/** A limit of -1 means none. The setting for reserved connections exists since Postgres 16. */
const selectFacts = statement<void>(() => `
  SELECT current_setting('fsync') AS fsync,
    current_setting('synchronous_commit') AS synchronous_commit,
    least(
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true), '0')::int,
      (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = session_user),
      (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
    ) AS connections_max`)

const readFacts = readingOne(selectFacts, undefined, reader("pg_settings", "fsync", Facts))

const judgeSchema = (pending: ReadonlyArray<Migration>, ahead: ReadonlyArray<Migration>): Finding => {
  if (isSchemaAbsent(pending)) return failure("schema", ...explainOutage({ reason: "schema-absent" }))
  if (pending.length > 0) {
    return failure(
      "schema",
      `The schema is older than this release: it lacks ${namesOf(pending)}.`,
      "Run `identity migrate`."
    )
  }
  return ahead.length > 0
    ? warning(
      "schema",
      `The schema is newer than this release, which does not know ${namesOf(ahead)}.`,
      "Let the servers of the newer release take over: this one goes on beside the next one, but not beside any other."
    )
    : ok("schema", "The schema is that of this release.")
}

const namesOf = ([first, ...others]: ReadonlyArray<Migration>): string =>
  `the migration ${first?.name}${others.length === 0 ? "" : ` and ${others.length} more`}`

/**
 * Checks that Postgres keeps what it acknowledges. With either setting off, a power loss loses acknowledged accounts
 * and revives ended sessions.
 */
const judgeDurability = (facts: typeof Facts.Type): ReadonlyArray<Finding> => {
  const off = (["fsync", "synchronous_commit"] as const).filter((name) => facts[name] === "off")
  return off.length === 0
    ? [ok("durability", "What the database acknowledges outlives a loss of power.")]
    : off.map((name) =>
      failure("durability", `Postgres may lose what it has acknowledged: ${name} is off.`, `Set ${name} to on.`)
    )
}

const judgeConnections = ({ connections_max: max }: typeof Facts.Type, { connections }: Demands): Finding => {
  if (connections === undefined) return ok("connections", "A pooler shares the connections of the database.")
  const detail = `A server takes up to ${connections} connections, and the database has ${max} for its role.`
  if (connections > max) {
    return failure(
      "connections",
      detail,
      "Lower IDENTITY_DATABASE_POOL_MAX or IDENTITY_WORKERS, or raise max_connections or the limit of the role or database."
    )
  }
  return 2 * connections > max
    ? warning(
      "connections",
      `${detail} A second server would not find enough.`,
      "Before there is one, lower IDENTITY_DATABASE_POOL_MAX or raise max_connections."
    )
    : ok("connections", detail)
}
