/**
 * Translates the driver's failures for the ports, in one place. docs/adr/0002-what-a-store-failure-is.md has the full
 * list and the reasons.
 *
 * Postgres quotes values in its messages, so messages are never repeated. Only the SQLSTATE and the names of schema
 * objects leave this module.
 */
import { Data, Effect, Predicate } from "effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { StoreUnavailable } from "../../../domain/model/IdentityErrors.ts"
import type { StoreObstruction } from "../../../domain/model/IdentityErrors.ts"

/** A bug, not an outage: Postgres should never have received this statement. */
class StatementRefused extends Data.TaggedError("StatementRefused")<{ readonly message: string }> {}

/** `StoreUnavailable` for an outage, a defect for everything else. `addresses` is where the database should be. */
export const refuse = (
  operation: string,
  error: SqlError,
  addresses: string | undefined
): Effect.Effect<never, StoreUnavailable> =>
  isOutage(error)
    ? Effect.fail(unavailable(error, addresses))
    : Effect.die(new StatementRefused({ message: `${operation} failed: ${describe(error)}` }))

/** SQLSTATE, else the code of the socket or TLS error, else the kind of failure. */
export const failureCode = (error: SqlError): string => detail(error, "code") ?? error.reason._tag

/** A statement names what the schema doesn't have, or what the role may not use. */
export const isSchemaUnusable = (error: SqlError): boolean => {
  const obstruction = obstructionOf(error)
  return obstruction === "schema-outdated" || obstruction === "right-missing"
}

/** Another transaction won a conflict, and nothing of this one happened. Repeating it may well succeed. */
export const isConflict = (error: SqlError): boolean =>
  error.reason._tag === "SerializationError" || error.reason._tag === "DeadlockError"

/**
 * Whether a connection has become useless although it looks alive: the server behind it became a read-only standby or
 * is shutting down, and a new connection may lead to its successor.
 */
export const spoilsConnection = (error: SqlError): boolean => /^(?:25006|57P0)/.test(failureCode(error))

/** The failure of an operation that missed our own deadline. */
export const deadlineExceeded = (): SqlError => ourFailure("deadline")

/** The failure of connecting to a hot standby. */
export const standbyReached = (): SqlError => ourFailure("standby")

export const isStandbyReached = (error: SqlError): boolean => failureCode(error) === "standby"

/** The failure of a connection that must be encrypted, to a server that can't do that. */
export const encryptionRefused = (): SqlError => ourFailure("encryption-refused")

export const isEncryptionRefused = (error: SqlError): boolean => failureCode(error) === "encryption-refused"

/** The failure of a connection that needs a file named in the database URL, when the file is unusable. */
export const tlsFilesUnusable = (): SqlError => ourFailure("tls-files-unusable")

/** Whether a connection may have failed because it was encrypted, or because it wasn't. */
export const mayBeForEncryption = (error: SqlError): boolean => {
  const code = failureCode(error)
  return code === LOGIN_NOT_ALLOWED || !(unreachable.test(code) || sqlState.test(code) || ours.has(code))
}

/** Refused by `pg_hba.conf`, because of address, user, database or encryption. */
const LOGIN_NOT_ALLOWED = "28000"

const sqlState = /^(?=.*\d)[0-9A-Z]{5}$/

const ours: ReadonlySet<string> = new Set(["deadline", "standby", "tls-files-unusable"])

/** The failure of a write that isn't tried because too many others are unconfirmed. */
export const commitsUnconfirmed = (): SqlError => ourFailure("commits-unconfirmed")

const ourFailure = (code: string): SqlError =>
  new SqlError({ reason: new ConnectionError({ cause: { code }, operation: "query" }) })

const gone = ourFailure("gone")

/** Fails because a connection closed before any statement was sent. */
export const connectionGone: Effect.Effect<never, SqlError> = Effect.fail(gone)

export const isConnectionGone = (error: SqlError): boolean => error === gone

export const isOutage = (error: SqlError): boolean => {
  switch (error.reason._tag) {
    case "AuthenticationError":
    case "ConnectionError":
    case "DeadlockError":
    case "LockTimeoutError":
    case "SerializationError":
    case "StatementTimeoutError":
      return true
    default:
      return outage.test(failureCode(error)) || obstructionOf(error) !== undefined
  }
}

// The connection was killed for idling in a transaction (25P03), the commit's outcome is unknown (40003), or the code
// is in one of the classes "insufficient resources" (disk full, too many connections), "operator intervention" and
// "system error".
const outage = /^(?:25P03|40003|53|57|58)/

/** The obstructions that an operator can remove, by the code of the failure, with advice. */
const obstructions: ReadonlyArray<readonly [codes: RegExp, StoreObstruction, advice: string]> = [
  [/^28|^AuthenticationError$/, "login-refused", "Check user and password in IDENTITY_DATABASE_URL."],
  [/^3D000$/, "database-absent", "Create the database, or correct its name in IDENTITY_DATABASE_URL."],
  // A parameter at connect that is unknown or that a pooler doesn't pass on (08P01, also if the pooler refuses BEGIN),
  // or statements that were prepared on another of the pooler's connections.
  [
    /^(?:08P01|26000|42P05)$/,
    "settings-refused",
    "Behind a pooler, add ?pgbouncer=true to IDENTITY_DATABASE_URL: docs/configuration.md says which of its modes work."
  ],
  [/^42501$/, "right-missing", "Grant the role what docs/least-privilege.md lists."],
  // A table, column or function that doesn't exist yet, because nobody has migrated.
  [/^42(?:P01|703|883)$/, "schema-outdated", "Run identity migrate."],
  [/^25006$/, "read-only", "Connect to a database that takes writes."],
  [/^standby$/, "standby", "Have IDENTITY_DATABASE_URL lead to the primary."],
  [/^22(?:021|P05)$/, "text-not-storable", "Move to a database with the encoding UTF8."],
  [/^encryption-refused$/, "encryption-refused", "Have the server encrypt, or choose another sslmode."],
  // Codes of Node and OpenSSL.
  [
    /CERT|UNABLE_TO_(?:GET|VERIFY)|INVALID_CA|HOSTNAME_MISMATCH/,
    "certificate-untrusted",
    "Check the host name in IDENTITY_DATABASE_URL, and name the authority with sslrootcert."
  ]
]

const obstructionWith = (code: string) => obstructions.find(([codes]) => codes.test(code))

/** The obstruction behind a failure, if an operator can remove it. */
const obstructionOf = (error: SqlError): StoreObstruction | undefined => obstructionWith(failureCode(error))?.[1]

/** A pooler may not report that the login was the reason. */
export const isLoginRefused = (error: SqlError): boolean => {
  const obstruction = obstructionOf(error)
  return obstruction === "login-refused" || obstruction === "settings-refused"
}

/** Advice for an outage with this code, for the log. */
export const adviceOn = (code: string): string | undefined =>
  obstructionWith(code)?.[2] ?? otherAdvice.find(([codes]) => codes.test(code))?.[1]

const unreachable = /^(?:ECONNREFUSED|ENOENT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/

const otherAdvice: ReadonlyArray<readonly [codes: RegExp, advice: string]> = [
  [/^53300$/, "Raise max_connections of the server, or lower IDENTITY_DATABASE_POOL_MAX."],
  [/^53100$/, "Make room on the disk of the database."],
  [/^commits-unconfirmed$/, "Look for the synchronous standby, which confirms nothing."],
  [/^(?:deadline|57014|55P03)$/, "Look for locks and slow statements in pg_stat_activity."],
  [/^tls-files-unusable$/, "Mend the files that sslrootcert, sslcert and sslkey name in IDENTITY_DATABASE_URL."],
  [unreachable, "Check that the database runs and that IDENTITY_DATABASE_URL leads to it."]
]

const unavailable = (error: SqlError, addresses: string | undefined): StoreUnavailable => {
  const reason = obstructionOf(error)
  return new StoreUnavailable(reason !== undefined ? { reason } : addresses === undefined ? {} : { addresses })
}

const describe = (error: SqlError): string => {
  const names = ["table", "column", "constraint"].flatMap((field) => {
    const name = detail(error, field)
    return name === undefined ? [] : [`${field} ${name}`]
  })
  return [`SQLSTATE or kind ${failureCode(error)}`, ...names].join(", ")
}

const detail = (error: SqlError, field: string): string | undefined => {
  const { cause } = error.reason
  if (!Predicate.hasProperty(cause, field)) return undefined
  const value = cause[field]
  return typeof value === "string" ? value : undefined
}
