/**
 * What a failure of the driver means to the port, decided in one place; docs/adr/0002-what-a-store-failure-is.md has
 * the whole list and the reasons.
 *
 * Postgres quotes values in its messages, so they are repeated nowhere. What leaves this module is the SQLSTATE and the
 * names of schema objects.
 */
import { Data, Effect, Predicate } from "effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { StoreUnavailable } from "../../../domain/model/IdentityErrors.ts"
import type { StoreObstruction } from "../../../domain/model/IdentityErrors.ts"

/** A bug, not an outage: a statement that Postgres should not have been asked. */
class StatementRefused extends Data.TaggedError("StatementRefused")<{ readonly message: string }> {}

/** `StoreUnavailable` for an outage, a defect for everything else. */
export const refuse = (operation: string, error: SqlError): Effect.Effect<never, StoreUnavailable> =>
  isOutage(error)
    ? Effect.fail(unavailable(error))
    : Effect.die(new StatementRefused({ message: `${operation} failed: ${describe(error)}` }))

/** SQLSTATE, else the code of the socket or TLS error, else the kind of failure. */
export const failureCode = (error: SqlError): string => detail(error, "code") ?? error.reason._tag

/** Another transaction got in the way, and nothing of this one happened. The same again may well succeed. */
export const isConflict = (error: SqlError): boolean =>
  error.reason._tag === "SerializationError" || error.reason._tag === "DeadlockError"

/**
 * Whether a connection is of no more use although it may look alive: the server behind it became a read-only standby
 * or is going away, and a new connection may lead to its successor.
 */
export const spoilsConnection = (error: SqlError): boolean => /^(?:25006|57P0)/.test(failureCode(error))

/** The failure of what did not end before our own deadline. */
export const deadlineExceeded = (): SqlError => ourFailure("deadline")

/** The failure of connecting to a hot standby. */
export const standbyReached = (): SqlError => ourFailure("standby")

export const isStandbyReached = (error: SqlError): boolean => failureCode(error) === "standby"

/** The failure of a connection that has to be encrypted, to a server that can't do that. */
export const encryptionRefused = (): SqlError => ourFailure("encryption-refused")

export const isEncryptionRefused = (error: SqlError): boolean => failureCode(error) === "encryption-refused"

/** The failure of a connection for which a file that the database URL names is needed and of no use. */
export const tlsFilesUnusable = (): SqlError => ourFailure("tls-files-unusable")

/** Whether a connection may have failed for being encrypted, or for not being that. */
export const mayBeForEncryption = (error: SqlError): boolean => {
  const code = failureCode(error)
  return code === LOGIN_NOT_ALLOWED || !(unreachable.test(code) || sqlState.test(code) || ours.has(code))
}

/** What `pg_hba.conf` refuses, by address, user, database or encryption. */
const LOGIN_NOT_ALLOWED = "28000"

const sqlState = /^(?=.*\d)[0-9A-Z]{5}$/

const ours: ReadonlySet<string> = new Set(["deadline", "standby", "tls-files-unusable"])

/** The failure of a write that is not tried because too many others still wait to be confirmed. */
export const commitsUnconfirmed = (): SqlError => ourFailure("commits-unconfirmed")

const ourFailure = (code: string): SqlError =>
  new SqlError({ reason: new ConnectionError({ cause: { code }, operation: "query" }) })

const gone = ourFailure("gone")

/** Fails because a connection went away before it was asked anything. */
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

// Killed for idling in a transaction (25P03), commit unknown (40003), and the classes "insufficient resources" (disk
// full, too many connections), "operator intervention" and "system error".
const outage = /^(?:25P03|40003|53|57|58)/

/** What an operator can do something about, by the code of the failure, and what that is. */
const obstructions: ReadonlyArray<readonly [codes: RegExp, StoreObstruction, advice: string]> = [
  [/^28|^AuthenticationError$/, "login-refused", "Check user and password in IDENTITY_DATABASE_URL."],
  [/^3D000$/, "database-absent", "Create the database, or correct its name in IDENTITY_DATABASE_URL."],
  // A parameter at connect that is unknown, or that a pooler does not pass on (08P01, also where it doesn't let anybody
  // begin a transaction), and statements that were prepared on another of its connections.
  [
    /^(?:08P01|26000|42P05)$/,
    "settings-refused",
    "Behind a pooler, add ?pgbouncer=true to IDENTITY_DATABASE_URL: docs/configuration.md says which of its modes work."
  ],
  [/^42501$/, "right-missing", "Grant the role what docs/least-privilege.md lists."],
  // A table, column or function that is not there yet, because nobody has migrated.
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

/** What keeps the database from doing what it was asked, if it is something that an operator can mend. */
const obstructionOf = (error: SqlError): StoreObstruction | undefined => obstructionWith(failureCode(error))?.[1]

/** A pooler may not say that it was the login. */
export const isLoginRefused = (error: SqlError): boolean => {
  const obstruction = obstructionOf(error)
  return obstruction === "login-refused" || obstruction === "settings-refused"
}

/** What an operator can do about an outage with this code, for the log. */
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

const unavailable = (error: SqlError): StoreUnavailable => {
  const reason = obstructionOf(error)
  return new StoreUnavailable(reason === undefined ? {} : { reason })
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
