/**
 * All settings, and the rules between them. Reading, checking, `identity config` and `docs/configuration.md` use this
 * table, so a new setting is added here and nowhere else.
 */
import { Duration, Effect, Option, Redacted, Schema, Stdio, Struct } from "effect"
import { argon2Settings } from "../src/adapters/crypto/Argon2Settings.ts"
import { checkKeySettings, keySettings } from "../src/adapters/crypto/KeySettings.ts"
import { listenerSettings } from "../src/adapters/http/listener/ListenerSettings.ts"
import { checkTlsSettings } from "../src/adapters/http/listener/TlsFiles.ts"
import { checkMailSettings, mailSettings } from "../src/adapters/mail/MailSettings.ts"
import { CONNECTION_DEFAULTS } from "../src/adapters/postgres/connection/ConnectionDefaults.ts"
import { checkDatabaseUrl, DatabaseUrlText } from "../src/adapters/postgres/connection/DatabaseUrlSetting.ts"
import { checkPasskeySettings, passkeySettings } from "../src/adapters/webauthn/PasskeySettings.ts"
import { ApiKeyPolicy } from "../src/domain/admin/ApiKeyPolicy.ts"
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "../src/domain/model/Password.ts"
import { SessionPolicy } from "../src/domain/sessions/SessionPolicy.ts"
import * as Configuration from "../src/platform/configuration/Configuration.ts"
import { schemaOf } from "../src/platform/configuration/Setting.ts"
import type { SettingsTable } from "../src/platform/configuration/Setting.ts"
import * as Sources from "../src/platform/configuration/Sources.ts"
import * as Syntax from "../src/platform/configuration/Syntax.ts"
import { defaultPath } from "../src/platform/embedded/DataDirectory.ts"
import { telemetrySettings } from "../src/platform/observability/TelemetrySettings.ts"
import { problemIf } from "../src/platform/process/CommandFailed.ts"
import { HASHES_MAX } from "../src/platform/process/Threads.ts"

/** The defaults that depend on the machine, as texts. */
export interface Machine {
  readonly dataDir: string | undefined
  readonly logFormat: string
}

const sessions = SessionPolicy.defaultValue()

const inDays = (duration: Duration.Duration) => `${Duration.toDays(duration)} days`

const Timeout = Syntax.TimeSpan({ min: "1 milli", max: "1 hour" })
const Lifetime = Syntax.TimeSpan({ min: "1 second", max: "3650 days" })

/** More than any machine has cores. */
const WORKERS_MAX = 1024

export const settingsTable = (machine: Machine) => ({
  // Data.
  IDENTITY_DATABASE_URL: {
    schema: Schema.optionalKey(DatabaseUrlText),
    secret: true,
    description: "`postgres://…`. Without it, an embedded Postgres server keeps the data."
  },
  IDENTITY_DATA_DIR: {
    schema: Schema.optionalKey(Syntax.Text),
    fallback: machine.dataDir,
    description: "Directory of the embedded database and its generated signing key, readable by its owner only (0700)."
  },
  ...keySettings,
  IDENTITY_SECRETS_DIR: {
    schema: Schema.optionalKey(Syntax.Text),
    description: "Directory with one file for each setting, named after it."
  },
  IDENTITY_DATABASE_POOL_MAX: {
    schema: Syntax.WholeNumber({ min: 1, max: 1000 }),
    fallback: String(CONNECTION_DEFAULTS.poolMax),
    description: "Most connections to the database, for each process that serves."
  },
  IDENTITY_DATABASE_TIMEOUT: {
    schema: Timeout,
    fallback: CONNECTION_DEFAULTS.timeout,
    description:
      "Longest time for connecting, for waiting for a connection, and for each statement. All statements of a " +
      "request together get twice as long. After that the answer is `unavailable`."
  },

  // Listeners and shutdown.
  ...listenerSettings,
  IDENTITY_WORKERS: {
    schema: Syntax.WholeNumber({ min: 1, max: WORKERS_MAX }),
    fallback: "1",
    description: "Server processes that share the public port. With more than one, a primary process leads them."
  },
  IDENTITY_CONNECTIONS_MAX: {
    schema: Syntax.WholeNumber({ min: 1, max: 1_000_000 }),
    fallback: "1024",
    description:
      "Most connections to the public listener at once, for each process. Further ones are closed. An idle " +
      "connection takes 25 KB of memory, or 85 KB with TLS, and 250 KB while it sends the largest request."
  },
  IDENTITY_SHUTDOWN_DELAY: {
    schema: Syntax.TimeSpan({ min: "0 seconds", max: "1 hour" }),
    fallback: "0 seconds",
    description:
      "How long the server goes on after SIGTERM, with `/readyz` at 503: longer than a balancer needs to notice."
  },
  IDENTITY_SHUTDOWN_TIMEOUT: {
    schema: Timeout,
    fallback: "20 seconds",
    description: "How long the server then waits for accepted requests."
  },

  // Sessions and passwords.
  IDENTITY_SESSION_MAX_LIFETIME: {
    schema: Lifetime,
    fallback: inDays(sessions.maxLifetime),
    description: "A session ends this long after it began, even if it is in use."
  },
  IDENTITY_SESSION_IDLE_TIMEOUT: {
    schema: Lifetime,
    fallback: (textOf) => {
      const longest = textOf("IDENTITY_SESSION_MAX_LIFETIME")
      const usual = inDays(sessions.idleTimeout)
      return Syntax.isLonger(usual, longest) ? longest : usual
    },
    description: "A session ends when it isn't used for this long. At most `IDENTITY_SESSION_MAX_LIFETIME`."
  },
  IDENTITY_SESSION_MAX_PER_ACCOUNT: {
    schema: Syntax.WholeNumber({ min: 1, max: 10_000 }),
    fallback: String(sessions.perAccountMax),
    description: "Most live sessions of an account. One more sign-in ends the oldest."
  },
  IDENTITY_ELEVATION_LIFETIME: {
    schema: Syntax.TimeSpan({ min: "1 second", max: "1 day" }),
    fallback: `${Duration.toMinutes(sessions.elevationLifetime)} minutes`,
    description:
      "How long after people have proved anew who they are they may do what needs more than a session, such as " +
      "changing the password."
  },
  IDENTITY_API_KEY_MAX_LIFETIME: {
    schema: Lifetime,
    fallback: inDays(ApiKeyPolicy.defaultValue().maxLifetime),
    description: "The longest that an API key is good before it has to be rolled."
  },
  IDENTITY_AUDIT_RETENTION: {
    schema: Schema.optionalKey(Syntax.TimeSpan({ min: "30 days", max: "36500 days" })),
    description: "Entries of the audit log older than this are removed. Without it, all are kept. " +
      "[audit-log.md](audit-log.md#retention) says which right this needs."
  },
  IDENTITY_PASSWORD_MIN_LENGTH: {
    schema: Syntax.WholeNumber({ min: PASSWORD_LENGTH_MIN, max: PASSWORD_LENGTH_MAX }),
    fallback: String(PASSWORD_LENGTH_MIN),
    description: `Fewest characters of a new password, never below ${PASSWORD_LENGTH_MIN}.`
  },
  IDENTITY_RATE_LIMITS: {
    schema: Syntax.OneOf(["on", "off"]),
    fallback: "on",
    description:
      "Whether guesses, sign-ups and shares of hashing are limited. Use `off` only for load tests; the server warns."
  },
  ...argon2Settings,
  IDENTITY_HASH_CONCURRENCY: {
    schema: Schema.optionalKey(Syntax.WholeNumber({ min: 1, max: HASHES_MAX })),
    description: "Most password hashes at once, for each process. Further ones wait about a second at most, or are " +
      "`overloaded`. Without it, (cores − 1) ÷ workers, at least 1, and cores ÷ workers while no session is checked, " +
      "both rounded down."
  },

  // Passkeys.
  ...passkeySettings,

  // Mail.
  ...mailSettings,

  // Logs and telemetry.
  IDENTITY_LOG_FORMAT: {
    schema: Syntax.OneOf(["json", "pretty"]),
    fallback: machine.logFormat,
    description: "`json` or `pretty`."
  },
  IDENTITY_LOG_LEVEL: {
    schema: Syntax.OneOf(["trace", "debug", "info", "warn", "error"]),
    fallback: "info",
    description: "`trace`, `debug`, `info`, `warn` or `error`."
  },
  ...telemetrySettings
} satisfies SettingsTable)

export const settingsSchema = (machine: Machine) => Schema.Struct(Struct.map(settingsTable(machine), schemaOf))

export type Settings = ReturnType<typeof settingsSchema>["Type"]

export type Values = Configuration.Values<Settings>

/**
 * The rules between settings, between settings and the machine, and for those that `flags` give. They are checked
 * together with each setting's syntax.
 */
const checkSettings = Effect.fnUntraced(function*(raw: Configuration.RawValues, flags: ReadonlyArray<string>) {
  const { isGiven, textOf } = raw
  return [
    ...problemIf(
      !isGiven("IDENTITY_DATABASE_URL") && textOf("IDENTITY_DATA_DIR") === undefined,
      "IDENTITY_DATA_DIR",
      "is missing: there is no home directory to put the embedded database in, so name a directory"
    ),
    // As a variable it may be there for all commands, as in the image. As a flag it says which database is meant.
    ...problemIf(
      isGiven("IDENTITY_DATABASE_URL") && flags.includes("IDENTITY_DATA_DIR"),
      "IDENTITY_DATA_DIR",
      "is given by --data-dir, but IDENTITY_DATABASE_URL names another database: leave one of the two out"
    ),
    ...problemIf(
      textOf("IDENTITY_PORT") === textOf("IDENTITY_MANAGEMENT_PORT") &&
        textOf("IDENTITY_HOST") === textOf("IDENTITY_MANAGEMENT_HOST"),
      "IDENTITY_MANAGEMENT_PORT",
      "must differ from IDENTITY_PORT: metrics and health checks are not for the public"
    ),
    // A longer timeout would never end a session.
    ...problemIf(
      Syntax.isLonger(textOf("IDENTITY_SESSION_IDLE_TIMEOUT"), textOf("IDENTITY_SESSION_MAX_LIFETIME")),
      "IDENTITY_SESSION_IDLE_TIMEOUT",
      "must not be longer than IDENTITY_SESSION_MAX_LIFETIME, which ends sessions anyway"
    ),
    ...checkKeySettings(raw),
    ...checkPasskeySettings(raw),
    ...(yield* checkTlsSettings(raw)),
    ...(yield* checkMailSettings(raw)),
    ...(yield* Sources.checkReadable(raw, Sources.SECRETS_DIR, "Directory")),
    ...(yield* checkDatabaseUrl(raw))
  ]
})

const readFrom = Effect.fnUntraced(function*(sources: Sources.Sources, flags: ReadonlyArray<string> = []) {
  const { stderrIsTerminal } = yield* Stdio.Stdio
  const machine: Machine = {
    dataDir: Option.getOrUndefined(yield* defaultPath(process.getuid?.())),
    logFormat: (yield* stderrIsTerminal) ? "pretty" : "json"
  }
  return yield* Configuration.read({
    table: settingsTable(machine),
    schema: settingsSchema(machine),
    checkSettings: (raw) => checkSettings(raw, flags),
    sources,
    ignoredVariables: ["IDENTITY_TEST_DATABASE_URL"]
  })
})

/** Reads and checks all settings. Problems are part of the result, so that `identity config` can show the rest. */
export const loadConfiguration = (overrides: ReadonlyArray<Sources.Override>) =>
  Effect.flatMap(Sources.ofProcess(overrides), (sources) => readFrom(sources, overrides.map(({ name }) => name)))

/**
 * Takes the settings that the primary has loaded. A worker must not read the sources itself: it may start long after
 * the others, when a file has changed, and would then refuse their sessions.
 */
export const adoptConfiguration = (rawValues: Values["rawValues"]) =>
  readFrom(Sources.fromRawValues(Redacted.value(rawValues), "the primary"))
