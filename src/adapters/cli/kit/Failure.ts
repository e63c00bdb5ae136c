/**
 * Describes each failure of a command: an exit code, a stable code for machines, and a sentence that says what to do.
 *
 * Exit codes: 1 the command failed, 2 wrong usage or invalid input, 3 a rule refused it. Any other failure is a bug and
 * exits 1. Its details appear only in debug logs, because they may contain what people entered.
 */
import { Duration, Match, Option, Predicate } from "effect"
import { CliError } from "effect/cli"
import { describeOffset } from "../../../domain/clock/SharedClock.ts"
import type * as Errors from "../../../domain/model/IdentityErrors.ts"
import { explainRefusal } from "../../../domain/model/Password.ts"
import { adviceOn } from "../../../domain/model/StoreAdvice.ts"
import { mostSimilar } from "../../../kernel/SimilarNames.ts"
import { CommandFailed } from "../../../platform/process/CommandFailed.ts"

/** The reasons that programs can tell apart. Without its tables, a schema is as outdated as it can be. */
const CODES = ["text-not-storable", "schema-outdated"] as const

const exitingWith = (exitCode: CommandFailed["exitCode"]) => (code: string, message: string): CommandFailed =>
  new CommandFailed({ exitCode, code, message })

const failed = exitingWith(1)
const invalid = exitingWith(2)
const refused = exitingWith(3)

/** The command was used in the wrong way. */
export const wrongUsage = (message: string): CommandFailed => invalid("wrong-usage", message)

/** What commands say of each refusal. */
const refusals = {
  AccountNotFound: () =>
    refused("account-not-found", "There is no such account. `identity list-accounts` shows all accounts."),
  SessionNotFound: () =>
    refused(
      "session-not-found",
      "The account has no such live session. `identity list-sessions` shows its live sessions."
    ),
  FactorNotFound: () =>
    refused("factor-not-found", "The account has no such factor. `identity list-factors` shows its factors."),
  ApiKeyNotFound: () =>
    refused("api-key-not-found", "There is no such API key. `identity list-api-keys` shows all of them."),
  ApiKeyLifetimeRefused: ({ max }: Errors.ApiKeyLifetimeRefused) =>
    invalid(
      "lifetime-refused",
      `An API key is good for at most ${Duration.format(max)} (IDENTITY_API_KEY_MAX_LIFETIME).`
    ),
  ScopeMissing: ({ scopes }: Errors.ScopeMissing) => refused("scope-missing", `This needs ${scopes.join(" and ")}.`),
  SignInsForgotten: ({ retention }: Errors.SignInsForgotten) =>
    refused(
      "sign-ins-forgotten",
      `The audit log has the sign-ins of the last ${Duration.format(retention)} only (IDENTITY_AUDIT_RETENTION). ` +
        "Give a later --last-sign-in-before."
    ),
  NetworksTooWide: () => refused("networks-too-wide", "The key may be good only where yours is."),
  MailNotFound: () =>
    refused("mail-not-found", "There is no such mail. `identity list-mails` shows those of the last week."),
  MailServerAbsent: () =>
    refused("mail-server-absent", "No mail server is configured. Set IDENTITY_SMTP_URL and IDENTITY_MAIL_FROM."),
  ClockTooFarOff: ({ offsetMillis }: Errors.ClockTooFarOff) =>
    refused(
      "clock-too-far-off",
      `The clock of this machine is ${describeOffset(offsetMillis)}. Nothing was done, because what is deleted or ` +
        "ended by a wrong clock does not come back. Set the clock right, or use another machine."
    ),
  EmailAlreadyExists: () =>
    refused("email-already-exists", "An account with this email exists already. Give another --email."),
  PasswordRejected: (rejection: Errors.PasswordRejected) =>
    invalid("password-rejected", explainRefusals(rejection, "The password")),
  VerificationRequired: () =>
    refused("verification-required", "The email has to be verified first. `identity verify-email` notes that it is."),
  VersionConflict: () => refused("version-conflict", "The account has changed meanwhile. Try again."),
  TooManyAttempts: ({ retryAfter }: Errors.TooManyAttempts) =>
    refused(
      "too-many-requests",
      `This was attempted too often. Try again in ${Math.ceil(Duration.toSeconds(retryAfter))} seconds.`
    ),
  InvalidCursor: () =>
    invalid("invalid-cursor", "--after takes the `next` of an earlier page of the same list, with the same filters."),
  StoreUnavailable: ({ addresses, reason }: Errors.StoreUnavailable) =>
    exitingWith(reason === "text-not-storable" ? 2 : 1)(
      reason === "schema-absent" ? "schema-outdated" : CODES.find((code) => code === reason) ?? "unavailable",
      adviceOn({ addresses, reason })
    ),
  StoreUnsuitable: ({ problems }: Errors.StoreUnsuitable) =>
    failed("database-unsuitable", problems.map((problem) => `The database ${problem}`).join(" ")),
  MigrationBlocked: ({ id, name, waited }: Errors.MigrationBlocked) =>
    failed(
      "migration-blocked",
      `Migration ${migrationName({ id, name })} did not get the locks that it needs within ` +
        `${Math.round(Duration.toMinutes(waited))} minutes. End the transactions that hold them, which ` +
        "pg_stat_activity shows, and migrate again: nothing is half done."
    ),
  HashingOverloaded: () => failed("overloaded", "Too many passwords are being hashed. Try again in a moment.")
}

/** The refusals of commands. */
export type Refusal = InstanceType<(typeof Errors)[keyof typeof refusals]>

const describeRefusal = Match.type<Refusal>().pipe(Match.tagsExhaustive(refusals))

/** The name of a migration, like that of its file. */
export const migrationName = ({ id, name }: { readonly id: number; readonly name: string }): string =>
  `${String(id).padStart(4, "0")}_${name}`

/** Why a password is refused, as sentences. `subject` begins each of them. */
export const explainRefusals = ({ refusals }: Errors.PasswordRejected, subject: string): string =>
  refusals.map((refusal) => `${subject} ${explainRefusal(refusal, "the account's")}.`).join(" ")

/** The message and exit codes of any failure. */
export const describe = (error: Refusal | CommandFailed | CliError.CliError): CommandFailed => {
  if (CliError.isCliError(error)) return describeUsage(error)
  return Predicate.isTagged(error, "CommandFailed") ? error : describeRefusal(error)
}

const describeUsage = (error: CliError.CliError): CommandFailed => {
  if (error._tag !== "ShowHelp") return wrongUsage(error.message)
  const command = error.commandPath.join(" ")
  const complaints = error.errors.map((complaint) => explainComplaint(complaint) + npmHint(complaint, command))
  return wrongUsage(
    complaints.length === 0
      ? "Say which command to run."
      : [...complaints, `See \`${command} --help\`.`].join("\n")
  )
}

/** npm keeps flags to itself, and passes on only their values. */
const npmHint = (error: CliError.NonShowHelpErrors, command: string): string =>
  error._tag === "UnexpectedArgument" && command.endsWith(" serve")
    ? `\nWith npm, flags come after two dashes: npm start -- --port ${error.arguments[0] ?? "8085"}`
    : ""

/** Lists the choices, and suggests the one that was probably mistyped. */
const explainComplaint = (error: CliError.NonShowHelpErrors): string => {
  const choices = error._tag === "InvalidValue"
    ? error.expected.match(/(?<=^|\| )"[^"|]+"/g)?.map((it) => it.slice(1, -1))
    : []
  if (error._tag !== "InvalidValue" || choices === undefined || choices.length < 2) return error.message
  const { kind, option, value } = error
  const similar = Option.match(mostSimilar(value, choices), {
    onNone: () => "",
    onSome: (choice) => ` Did you mean ${choice}?`
  })
  return `${kind === "flag" ? `--${option}` : `<${option}>`} can't be ${JSON.stringify(value)}.${similar} ` +
    `It may be ${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}.`
}

/** An unexpected failure, reported without details. */
export const unexpected = new CommandFailed({
  exitCode: 1,
  code: "internal-error",
  message: "The command failed unexpectedly. Run it again with IDENTITY_LOG_LEVEL=debug to see why."
})
