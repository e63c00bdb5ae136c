/**
 * How a command fails: with one exit code, one stable code for machines and one sentence that says what to do.
 *
 * 1 failed, 2 wrong usage or invalid input, 3 refused by a rule. Whatever is not listed here is a bug: it exits 1, and
 * its details are for those who ask for debug logs, because they may hold what people entered.
 */
import { Duration, Match, Predicate } from "effect"
import { CliError } from "effect/cli"
import { describeOffset } from "../../../domain/clock/SharedClock.ts"
import type {
  AccountNotFound,
  ClockTooFarOff,
  EmailAlreadyExists,
  HashingOverloaded,
  InvalidCursor,
  MigrationBlocked,
  PasswordRejected,
  SessionNotFound,
  StoreObstruction,
  StoreUnavailable,
  StoreUnsuitable,
  TooManyAttempts
} from "../../../domain/model/IdentityErrors.ts"
import { explainRefusal } from "../../../domain/model/Password.ts"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"

/** What a command may refuse with. */
export type Refusal =
  | AccountNotFound
  | ClockTooFarOff
  | EmailAlreadyExists
  | HashingOverloaded
  | InvalidCursor
  | MigrationBlocked
  | PasswordRejected
  | SessionNotFound
  | StoreUnavailable
  | StoreUnsuitable
  | TooManyAttempts

/** The person or script used the command in a way it does not have. */
export const wrongUsage = (message: string): CommandFailed =>
  new CommandFailed({ exitCode: 2, code: "wrong-usage", message })

const refused = (code: string, message: string): CommandFailed => new CommandFailed({ exitCode: 3, code, message })

const describeRefusal = Match.type<Refusal>().pipe(
  Match.withReturnType<CommandFailed>(),
  Match.tagsExhaustive({
    AccountNotFound: () =>
      refused("account-not-found", "There is no such account. `identity list-accounts` shows those there are."),
    SessionNotFound: () =>
      refused(
        "session-not-found",
        "The account has no such live session. `identity list-sessions` shows those it has."
      ),
    ClockTooFarOff: ({ offsetMillis }) =>
      refused(
        "clock-too-far-off",
        `The clock of this machine is ${describeOffset(offsetMillis)}. Nothing was done, because what is deleted or ` +
          "ended by a wrong clock does not come back. Set the clock right, or use another machine."
      ),
    EmailAlreadyExists: () =>
      refused("email-already-exists", "An account with this email exists already. Give another --email."),
    PasswordRejected: ({ refusals }) =>
      new CommandFailed({
        exitCode: 2,
        code: "password-rejected",
        message: refusals.map((refusal) => `The password ${explainRefusal(refusal, "the account's")}.`).join(" ")
      }),
    TooManyAttempts: ({ retryAfter }) =>
      refused(
        "too-many-requests",
        `This was attempted too often. Try again in ${Math.ceil(Duration.toSeconds(retryAfter))} seconds.`
      ),
    InvalidCursor: () =>
      new CommandFailed({
        exitCode: 2,
        code: "invalid-cursor",
        message: "--after takes the `next` of an earlier page of the same list, with the same filters."
      }),
    StoreUnavailable: ({ reason }) =>
      reason === "text-not-storable"
        ? new CommandFailed({ exitCode: 2, code: reason, message: obstructions[reason] })
        : new CommandFailed({
          exitCode: 1,
          code: "unavailable",
          message: reason === undefined ? UNREACHABLE : obstructions[reason]
        }),
    StoreUnsuitable: ({ problems }) =>
      new CommandFailed({
        exitCode: 1,
        code: "database-unsuitable",
        message: problems.map((problem) => `The database ${problem}`).join(" ")
      }),
    MigrationBlocked: ({ id, name, waited }) =>
      new CommandFailed({
        exitCode: 1,
        code: "migration-blocked",
        message: `Migration ${migrationName({ id, name })} did not get the locks that it needs within ` +
          `${Math.round(Duration.toMinutes(waited))} minutes. End the transactions that hold them, which ` +
          "pg_stat_activity shows, and migrate again: nothing is half done."
      }),
    HashingOverloaded: () =>
      new CommandFailed({
        exitCode: 1,
        code: "overloaded",
        message: "Too many passwords are being hashed. Try again in a moment."
      })
  })
)

const UNREACHABLE = "The database can't be reached or does not answer in time. " +
  "Check that it runs and that IDENTITY_DATABASE_URL leads to it."

/** A migration as its file is named. */
export const migrationName = ({ id, name }: { readonly id: number; readonly name: string }): string =>
  `${String(id).padStart(4, "0")}_${name}`

/** What an operator is told whose database by URL is behind. */
export const OUTDATED = "The database schema is older than this release. Run `identity migrate`."

const obstructions: Readonly<Record<StoreObstruction, string>> = {
  "login-refused": "The database refuses the login. " +
    "Check user and password in IDENTITY_DATABASE_URL, and who may connect in the server's pg_hba.conf.",
  "database-absent": "The database server has no database of this name. " +
    "Create it with CREATE DATABASE, or correct the name in IDENTITY_DATABASE_URL.",
  "certificate-untrusted": "The certificate of the database server is not trusted. " +
    "Check the host name in IDENTITY_DATABASE_URL, and name the authority with sslrootcert=FILE.",
  "encryption-refused": "The database server does not encrypt, which IDENTITY_DATABASE_URL demands. " +
    "Turn ssl on there, or choose another sslmode.",
  "settings-refused":
    "The way to the database leads through something, probably PgBouncer, that refuses settings or statements. " +
    "Add ?pgbouncer=true to IDENTITY_DATABASE_URL: docs/configuration.md says which modes of it work.",
  "right-missing": "The database role lacks a right that this needs. " +
    "Migrate as the owner of the tables; grant the server's role what docs/least-privilege.md lists.",
  "schema-outdated": OUTDATED,
  "read-only": "The database takes no writes. Connect to one that takes them.",
  "standby": "The database server is a standby, which may lag behind and takes no writes. " +
    "Have IDENTITY_DATABASE_URL lead to its primary.",
  "text-not-storable": "The database can't store a character of what was given. " +
    "Leave it out, or move to a database with the encoding UTF8."
}

/** The sentence and exit code of anything a command failed with. */
export const describe = (error: Refusal | CommandFailed | CliError.CliError): CommandFailed => {
  if (CliError.isCliError(error)) return describeUsage(error)
  return Predicate.isTagged(error, "CommandFailed") ? error : describeRefusal(error)
}

const describeUsage = (error: CliError.CliError): CommandFailed => {
  if (error._tag !== "ShowHelp") return wrongUsage(error.message)
  const command = error.commandPath.join(" ")
  const complaints = error.errors.map(({ message }) => message)
  return wrongUsage(
    complaints.length === 0
      ? "Say which command to run."
      : [...complaints, `See \`${command} --help\`.`].join("\n")
  )
}

/** A bug, of which nothing is told but that it is one. */
export const unexpected = new CommandFailed({
  exitCode: 1,
  code: "internal-error",
  message: "Something went wrong that should not have. Run it again with IDENTITY_LOG_LEVEL=debug to see what."
})
