/**
 * Every setting there is. What is read, checked, shown by `identity config` and documented in `docs/configuration.md`
 * comes from this table, so a setting is added here and nowhere else.
 */
import { Redacted, Result, Schema, SchemaTransformation, Struct } from "effect"
import { KeyRing } from "../src/adapters/crypto/KeyRing.ts"
import { TrustedProxies } from "../src/adapters/http/exchange/ClientAddress.ts"
import { describeTarget } from "../src/adapters/postgres/connection/PostgresTarget.ts"
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "../src/domain/model/Password.ts"
import { schemaOf } from "../src/platform/configuration/Setting.ts"
import type { Setting } from "../src/platform/configuration/Setting.ts"
import { SECRETS_DIR } from "../src/platform/configuration/Sources.ts"
import * as Syntax from "../src/platform/configuration/Syntax.ts"
import { HASHES_MAX } from "../src/platform/process/Threads.ts"

/** The defaults that differ from one machine to another, as texts. */
export interface Machine {
  readonly dataDir: string | undefined
  readonly hashConcurrency: (workers: string) => string
  readonly logFormat: string
}

const DatabaseUrl = Schema.String.pipe(
  Schema.check(Schema.makeFilter((text) =>
    Result.match(describeTarget({ url: Redacted.make(text) }), {
      onSuccess: () => undefined,
      onFailure: ({ reason }) => `must be written postgres://user:password@host:5432/database, but ${reason}`
    })
  )),
  Schema.decodeTo(
    Schema.Redacted(Schema.String),
    SchemaTransformation.transform({ decode: (text) => Redacted.make(text), encode: Redacted.value })
  )
)

const Timeout = Syntax.TimeSpan({ min: "1 milli", max: "1 hour" })
const Lifetime = Syntax.TimeSpan({ min: "1 second", max: "3650 days" })

/** More than machines have cores. */
const WORKERS_MAX = 1024

const storage = (machine: Machine) => ({
  databaseUrl: {
    name: "IDENTITY_DATABASE_URL",
    schema: Schema.optionalKey(DatabaseUrl),
    secret: true,
    description: "`postgres://…`. Without it, an embedded Postgres server keeps the data."
  },
  dataDir: {
    name: "IDENTITY_DATA_DIR",
    schema: Schema.optionalKey(Syntax.Text),
    fallback: machine.dataDir,
    description: "The embedded database and its generated signing key, for its owner only (0700)."
  },
  signingKeys: {
    name: "IDENTITY_SIGNING_KEYS",
    schema: Schema.optionalKey(KeyRing),
    secret: true,
    description:
      "`kid:base64url,…`, 32 bytes or more each; the first signs, all verify. Required with a database URL; " +
      "the embedded database generates one."
  },
  secretsDir: {
    name: SECRETS_DIR,
    schema: Schema.optionalKey(Syntax.Text),
    description: "A directory with one file a setting, named after it."
  },
  databasePoolMax: {
    name: "IDENTITY_DATABASE_POOL_MAX",
    schema: Syntax.WholeNumber({ min: 1, max: 1000 }),
    fallback: "10",
    description: "Most connections to the database, in each process that serves."
  },
  databaseTimeout: {
    name: "IDENTITY_DATABASE_TIMEOUT",
    schema: Timeout,
    fallback: "2 seconds",
    description:
      "Longest time for connecting, waiting for a connection and each statement; one request gets twice as long for " +
      "all of its own. Longer is `unavailable`."
  }
} satisfies Record<string, Setting>)

const listeners = {
  host: {
    name: "IDENTITY_HOST",
    schema: Syntax.Host,
    fallback: "127.0.0.1",
    description: "Address of the public listener."
  },
  port: { name: "IDENTITY_PORT", schema: Syntax.Port, fallback: "8080", description: "Port of the public listener." },
  managementHost: {
    name: "IDENTITY_MANAGEMENT_HOST",
    schema: Syntax.Host,
    fallback: "127.0.0.1",
    description: "Address of the listener for health checks, metrics and documentation."
  },
  managementPort: {
    name: "IDENTITY_MANAGEMENT_PORT",
    schema: Syntax.Port,
    fallback: "9090",
    description: "Port of that listener."
  },
  tlsCert: {
    name: "IDENTITY_TLS_CERT",
    schema: Schema.optionalKey(Syntax.Text),
    description: "File with the certificate chain in PEM. With it and the key, the public listener speaks HTTPS."
  },
  tlsKey: {
    name: "IDENTITY_TLS_KEY",
    schema: Schema.optionalKey(Syntax.Text),
    description: "File with the certificate's private key in PEM."
  },
  publicUrl: {
    name: "IDENTITY_PUBLIC_URL",
    schema: Syntax.BaseUrl,
    fallback: (textOf) => {
      const host = textOf("IDENTITY_HOST") ?? ""
      const scheme = textOf("IDENTITY_TLS_CERT") === undefined ? "http" : "https"
      return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${textOf("IDENTITY_PORT") ?? ""}`
    },
    description: "Base of every link and problem type; never derived from a request."
  },
  publicDocs: {
    name: "IDENTITY_PUBLIC_DOCS",
    schema: Syntax.Switch,
    fallback: "true",
    description: "Whether `/docs` and `/openapi.json` are on the public listener too."
  },
  allowedOrigins: {
    name: "IDENTITY_ALLOWED_ORIGINS",
    schema: Schema.optionalKey(Syntax.Origins),
    description:
      "Origins, comma separated, whose pages may use sessions in cookies; also those of app shells, such as `capacitor://localhost`."
  },
  trustedProxies: {
    name: "IDENTITY_TRUSTED_PROXIES",
    schema: Schema.optionalKey(TrustedProxies),
    description: "CIDRs, comma separated, of the proxies whose forwarded headers count."
  },
  workers: {
    name: "IDENTITY_WORKERS",
    schema: Syntax.WholeNumber({ min: 1, max: WORKERS_MAX }),
    fallback: "1",
    description: "Server processes that share the public port. With more than one, another process leads them."
  },
  connectionsMax: {
    name: "IDENTITY_CONNECTIONS_MAX",
    schema: Syntax.WholeNumber({ min: 1, max: 1_000_000 }),
    fallback: "1024",
    description:
      "Most connections to the public listener at once, in each process; one more is closed. An idle one takes 25 KB of " +
      "memory, with TLS 85 KB, and while it sends the largest of requests 250 KB."
  },
  shutdownDelay: {
    name: "IDENTITY_SHUTDOWN_DELAY",
    schema: Syntax.TimeSpan({ min: "0 seconds", max: "1 hour" }),
    fallback: "0 seconds",
    description:
      "How long the server goes on after SIGTERM, with `/readyz` at 503: longer than a balancer needs to notice."
  },
  shutdownTimeout: {
    name: "IDENTITY_SHUTDOWN_TIMEOUT",
    schema: Timeout,
    fallback: "20 seconds",
    description: "How long it then waits for requests that it accepted."
  }
} satisfies Record<string, Setting>

const accounts = (machine: Machine) => ({
  sessionMaxLifetime: {
    name: "IDENTITY_SESSION_MAX_LIFETIME",
    schema: Lifetime,
    fallback: "30 days",
    description: "A session ends this long after it began, however much it is used."
  },
  sessionIdleTimeout: {
    name: "IDENTITY_SESSION_IDLE_TIMEOUT",
    schema: Lifetime,
    fallback: (textOf) => Syntax.shorterTimeSpan("7 days", textOf("IDENTITY_SESSION_MAX_LIFETIME")),
    description: "A session ends when it is not used for this long, at most `IDENTITY_SESSION_MAX_LIFETIME`."
  },
  sessionMaxPerAccount: {
    name: "IDENTITY_SESSION_MAX_PER_ACCOUNT",
    schema: Syntax.WholeNumber({ min: 1, max: 10_000 }),
    fallback: "100",
    description: "Most live sessions of one account; signing in beyond it ends the oldest."
  },
  auditRetention: {
    name: "IDENTITY_AUDIT_RETENTION",
    schema: Schema.optionalKey(Syntax.TimeSpan({ min: "30 days", max: "36500 days" })),
    description: "Entries of the audit log that are older are removed; without it, none is. " +
      "[audit-log.md](audit-log.md#retention) says what that takes."
  },
  passwordMinLength: {
    name: "IDENTITY_PASSWORD_MIN_LENGTH",
    schema: Syntax.WholeNumber({ min: PASSWORD_LENGTH_MIN, max: PASSWORD_LENGTH_MAX }),
    fallback: String(PASSWORD_LENGTH_MIN),
    description: `Fewest characters of a new password, never below ${PASSWORD_LENGTH_MIN}.`
  },
  passwordPeppers: {
    name: "IDENTITY_PASSWORD_PEPPERS",
    schema: Schema.optionalKey(KeyRing),
    secret: true,
    description:
      "Written like the signing keys: the first goes into new password hashes, all verify. A hash whose pepper is gone " +
      "verifies no more."
  },
  rateLimits: {
    name: "IDENTITY_RATE_LIMITS",
    schema: Syntax.OneOf(["on", "off"]),
    fallback: "on",
    description:
      "Whether guesses, sign-ups and shares of hashing are limited. `off` only for load tests; the server warns."
  },
  argon2MemoryKib: {
    name: "IDENTITY_ARGON2_MEMORY_KIB",
    schema: Syntax.WholeNumber({ min: 19_456, max: 4_194_304 }),
    fallback: "19456",
    description: "Memory of one password hash in KiB, never below 19456."
  },
  argon2TimeCost: {
    name: "IDENTITY_ARGON2_TIME_COST",
    schema: Syntax.WholeNumber({ min: 2, max: 100 }),
    fallback: "2",
    description: "Passes over that memory, never below 2."
  },
  argon2Parallelism: {
    name: "IDENTITY_ARGON2_PARALLELISM",
    schema: Syntax.WholeNumber({ min: 1, max: 64 }),
    fallback: "1",
    description: "Threads of one password hash."
  },
  hashConcurrency: {
    name: "IDENTITY_HASH_CONCURRENCY",
    schema: Syntax.WholeNumber({ min: 1, max: HASHES_MAX }),
    fallback: (textOf) => machine.hashConcurrency(textOf("IDENTITY_WORKERS") ?? ""),
    description: "Most password hashes at once in each process; the rest wait a second at most, or are `overloaded`."
  }
} satisfies Record<string, Setting>)

const logs = (machine: Machine) => ({
  logFormat: {
    name: "IDENTITY_LOG_FORMAT",
    schema: Syntax.OneOf(["json", "pretty"]),
    fallback: machine.logFormat,
    description: "`json` or `pretty`."
  },
  logLevel: {
    name: "IDENTITY_LOG_LEVEL",
    schema: Syntax.OneOf(["trace", "debug", "info", "warn", "error"]),
    fallback: "info",
    description: "`trace`, `debug`, `info`, `warn` or `error`."
  }
} satisfies Record<string, Setting>)

export const settingsTable = (machine: Machine) => ({
  ...storage(machine),
  ...listeners,
  ...accounts(machine),
  ...logs(machine)
})

export const settingsSchema = (machine: Machine) => Schema.Struct(Struct.map(settingsTable(machine), schemaOf))

export type Settings = ReturnType<typeof settingsSchema>["Type"]
