/**
 * This release's requirements on a database and its role, checked with one statement. Settings that don't matter
 * (`DateStyle`, `TimeZone`, `bytea_output`, `standard_conforming_strings`, isolation, …) are not checked: the stores
 * are tested with unusual values of them.
 */
import { Effect, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { failure, ok } from "../../../kernel/Finding.ts"
import type { Finding } from "../../../kernel/Finding.ts"
import type { StoreObstacle } from "../../../ports/StoreHealth.ts"
import type { Connection } from "../connection/Connection.ts"
import { reader } from "../rows.ts"
import { readingOne, statement } from "../statement.ts"

/** The oldest major version that still gets fixes, and the first that notices when a client is gone. */
export const VERSION_MIN = 14

/** The rights that the server and its commands need on each table. `docs/least-privilege.md` grants exactly these. */
export const requiredRights: Readonly<Record<string, ReadonlyArray<string>>> = {
  schema_migrations: ["SELECT"],
  accounts: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  account_emails: ["SELECT", "INSERT", "DELETE"],
  sessions: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  ended_epochs: ["SELECT", "INSERT", "DELETE"],
  idempotency_keys: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  leases: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  attempt_budgets: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  challenges: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  factors: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  mails: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  api_keys: ["SELECT", "INSERT", "UPDATE", "DELETE"],
  audit_chains: ["SELECT"],
  audit_log: ["SELECT"]
}

/** The functions that they call, which run with the rights of their owner. */
export const requiredFunctions: ReadonlyArray<string> = ["record_audit_event", "record_audit_events"]

/** Also needed where old entries of the audit log are deleted. */
const FORGETTING = "forget_audit_entries"

/** A problem, worded to follow the name of the check, and advice. */
type Problem = readonly [problem: string, advice: string]

/** The reasons why a database can't serve this release. */
export const findObstacles = (connection: Connection): Effect.Effect<ReadonlyArray<StoreObstacle>, SqlError> =>
  Effect.map(readFacts(connection), (facts) => [
    ...obstacles("database", [...misencoded(facts), ...tooOld(facts)]),
    ...obstacles("rights", forbidden(facts)),
    ...obstacles("writes", facts.is_read_only ? [READ_ONLY] : [])
  ])

const obstacles = (check: StoreObstacle["check"], problems: ReadonlyArray<Problem>): ReadonlyArray<StoreObstacle> =>
  problems.map((problem) => ({ check, problem: problem.join(" ") }))

/** The same as findings, by check. Missing rights are reported only for a schema that exists. */
export const judgeRequirements = (
  connection: Connection,
  { prunesEntries }: { readonly prunesEntries: boolean }
): Effect.Effect<ReadonlyArray<Finding>, SqlError> =>
  Effect.map(readFacts(connection), (facts) => [
    ...findings("database", "The database", tooOld(facts), `The database is Postgres ${facts.version_name}.`),
    ...findings("encoding", "The database", misencoded(facts), "The database has the encoding UTF8."),
    ...findings(
      "rights",
      "Rights",
      [
        ...forbidden(facts),
        ...(prunesEntries && facts.may_forget === false ? [missing(facts, [`EXECUTE on ${FORGETTING}`])] : [])
      ],
      `The role ${facts.role} has every right that this release needs.`
    ),
    ...findings("writes", "Writes", facts.is_read_only ? [READ_ONLY] : [], "The database takes writes.")
  ])

const findings = (
  check: Finding["check"],
  subject: string,
  problems: ReadonlyArray<Problem>,
  otherwise: string
): ReadonlyArray<Finding> =>
  problems.length === 0
    ? [ok(check, otherwise)]
    : problems.map(([problem, advice]) => failure(check, `${subject} ${problem}`, advice))

/** The reasons why this role can't migrate a database, each worded to follow "The database". */
export const findMigrationObstacles = (connection: Connection): Effect.Effect<ReadonlyArray<string>, SqlError> =>
  Effect.map(readFacts(connection), (facts) => [
    ...[...misencoded(facts), ...tooOld(facts)].map((problem) => problem.join(" ")),
    ...(facts.is_read_only
      ? ["is read-only. Migrate one that takes writes: default_transaction_read_only must be off."]
      : []),
    ...(facts.schema_name === null ? [NO_SCHEMA] : []),
    ...(facts.may_create === false ? [noCreation(facts)] : [])
  ])

const readFacts = (connection: Connection) => readingOne(selectFacts, undefined, toFacts)(connection)

const pairs = Object.entries(requiredRights).flatMap(([table, rights]) =>
  rights.map((right) => [table, right] as const)
)
const tables = pairs.map(([table]) => table)
const rights = pairs.map(([, right]) => right)

/** Tables and functions that don't exist yet have neither rights nor row security. */
const selectFacts = statement<void>(($) => `
  WITH needed AS (
    SELECT name, to_regclass(name) AS id, privilege, position
    FROM unnest(${$(() => tables)}::text[], ${$(() => rights)}::text[]) WITH ORDINALITY AS n(name, privilege, position)
  )
  SELECT current_setting('server_encoding') AS server_encoding,
    current_setting('client_encoding') AS client_encoding,
    current_setting('server_version_num')::int AS version,
    current_setting('server_version') AS version_name,
    current_setting('transaction_read_only')::boolean AS is_read_only,
    current_user::text AS role,
    current_database()::text AS database,
    current_schema()::text AS schema_name,
    has_schema_privilege(current_schema(), 'CREATE') AS may_create,
    ARRAY(SELECT privilege || ' on ' || name FROM needed WHERE has_table_privilege(id, privilege) IS FALSE
      ORDER BY position)
      || ARRAY(SELECT 'EXECUTE on ' || name FROM unnest(${$(() => requiredFunctions)}::text[]) AS f(name)
      WHERE has_function_privilege(to_regproc(name)::oid, 'EXECUTE') IS FALSE) AS missing,
    has_function_privilege(to_regproc('${FORGETTING}')::oid, 'EXECUTE') AS may_forget,
    ARRAY(SELECT DISTINCT name FROM needed WHERE row_security_active(id)) AS hidden`)

const Facts = Schema.Struct({
  server_encoding: Schema.String,
  client_encoding: Schema.String,
  version: Schema.Int,
  version_name: Schema.String,
  is_read_only: Schema.Boolean,
  role: Schema.String,
  database: Schema.String,
  schema_name: Schema.NullOr(Schema.String),
  may_create: Schema.NullOr(Schema.Boolean),
  missing: Schema.Array(Schema.String),
  may_forget: Schema.NullOr(Schema.Boolean),
  hidden: Schema.Array(Schema.String)
})
type Facts = typeof Facts.Type

const toFacts = reader("pg_settings", "database", Facts)

const misencoded = (facts: Facts): ReadonlyArray<Problem> => [
  ...(facts.server_encoding === "UTF8" ? [] : [
    [
      `has the encoding ${facts.server_encoding}, which can't hold every name.`,
      "Create another one with ENCODING 'UTF8' TEMPLATE template0."
    ] as const
  ]),
  ...(facts.client_encoding === "UTF8" ? [] : [
    [
      `is spoken to in ${facts.client_encoding} instead of UTF8.`,
      "Remove client_encoding from IDENTITY_DATABASE_URL."
    ] as const
  ])
]

const tooOld = (facts: Facts): ReadonlyArray<Problem> =>
  Math.floor(facts.version / 10_000) >= VERSION_MIN ? [] : [
    [`is Postgres ${facts.version_name}.`, `This release needs ${VERSION_MIN} or a later one.`]
  ]

const forbidden = (facts: Facts): ReadonlyArray<Problem> => [
  ...(facts.schema_name === null ? [missing(facts, ["USAGE on any schema in search_path"])] : []),
  ...(facts.missing.length === 0 ? [] : [missing(facts, facts.missing)]),
  ...(facts.hidden.length === 0 ? [] : [
    [
      `do not reach the rows of ${facts.hidden.join(", ")}: row security is active for the role ${facts.role}.`,
      "Disable it on these tables."
    ] as const
  ])
]

const missing = ({ role }: Facts, rights: ReadonlyArray<string>): Problem => [
  `are missing to the role ${role}: ${rights.join(", ")}.`,
  "docs/least-privilege.md has the GRANTs."
]

const READ_ONLY: Problem = [
  "are refused: the database is read-only.",
  "Connect to one that takes them, where default_transaction_read_only is off."
]

const NO_SCHEMA =
  "has no schema for this role to put tables into. Create one that is in its search_path, with USAGE and CREATE."

const noCreation = ({ role, schema_name }: Facts): string =>
  `lets the role ${role} create no tables: GRANT CREATE ON SCHEMA ${schema_name} TO ${role}, or migrate as its owner.`
