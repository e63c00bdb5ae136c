import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, FileSystem, Option, Redacted, Result } from "effect"
import { availableParallelism } from "node:os"
import { hashSlotsOf } from "../../bin/compose.ts"
import { adoptConfiguration, loadConfiguration } from "../../bin/settings.ts"
import { SessionPolicy } from "../../src/domain/sessions/SessionPolicy.ts"
import { onlyVariables } from "../support/settings.ts"

const KEY = "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU"
const OTHER = "rJ0mIDxZHGm5Wwn1yCMA9mKZVQfGxT4Yk8m1sT3uQ7E"
const FROM = "Example <accounts@example.com>"
const DATABASE = "postgres://ada:secret@db.example.com/identity"

const load = (environment: Readonly<Record<string, string>>) =>
  loadConfiguration([]).pipe(Effect.provide(onlyVariables({ HOME: "/home/ada", ...environment })))

const problemsOf = Effect.fnUntraced(function*(environment: Readonly<Record<string, string>>) {
  const { values } = yield* load(environment)
  return Option.match(Result.getFailure(values), { onNone: () => [], onSome: ({ problems = [] }) => problems })
})

const atFault: ReadonlyArray<readonly [environment: Readonly<Record<string, string>>, names: ReadonlyArray<string>]> = [
  [{ IDENTITY_DATABASE_URL: DATABASE }, ["IDENTITY_SIGNING_KEYS"]],
  [{ IDENTITY_DATABASE_URL: "mysql://ada@db/identity", IDENTITY_SIGNING_KEYS: KEY }, ["IDENTITY_DATABASE_URL"]],
  [
    { IDENTITY_DATABASE_URL: `${DATABASE}?sslrootcert=/none`, IDENTITY_SIGNING_KEYS: KEY },
    ["IDENTITY_DATABASE_URL"]
  ],
  [{ IDENTITY_DATABASE_URL: `${DATABASE}?sslmod=require`, IDENTITY_SIGNING_KEYS: KEY }, ["IDENTITY_DATABASE_URL"]],
  [{ IDENTITY_SIGNING_KEYS: "k1:c2hvcnQ" }, ["IDENTITY_SIGNING_KEYS"]],
  [{ IDENTITY_HOST: "1.2.3.4.5" }, ["IDENTITY_HOST"]],
  [{ IDENTITY_HOST: "1.2.3.4:80" }, ["IDENTITY_HOST"]],
  [{ IDENTITY_HOST: "a b" }, ["IDENTITY_HOST"]],
  [{ IDENTITY_TLS_CERT: import.meta.filename }, ["IDENTITY_TLS_KEY"]],
  [{ IDENTITY_TLS_KEY: import.meta.filename }, ["IDENTITY_TLS_CERT"]],
  [{ IDENTITY_TLS_KEY: "/none", IDENTITY_TLS_CERT: "/none" }, ["IDENTITY_TLS_CERT", "IDENTITY_TLS_KEY"]],
  [{ IDENTITY_SECRETS_DIR: "/none" }, ["IDENTITY_SECRETS_DIR"]],
  [{ IDENTITY_MANAGEMENT_PORT: "8080" }, ["IDENTITY_MANAGEMENT_PORT"]],
  [{ IDENTITY_PASSWORD_MIN_LENGTH: "7" }, ["IDENTITY_PASSWORD_MIN_LENGTH"]],
  [{ IDENTITY_ARGON2_MEMORY_KIB: "19455" }, ["IDENTITY_ARGON2_MEMORY_KIB"]],
  [{ IDENTITY_ARGON2_TIME_COST: "1" }, ["IDENTITY_ARGON2_TIME_COST"]],
  [{ IDENTITY_ARGON2_PARALLELISM: "0" }, ["IDENTITY_ARGON2_PARALLELISM"]],
  [{ IDENTITY_TRUSTED_PROXIES: "10.0.0.0/33" }, ["IDENTITY_TRUSTED_PROXIES"]],
  [{ IDENTITY_WORKERS: "0" }, ["IDENTITY_WORKERS"]],
  [{ IDENTITY_RATE_LIMITS: "none" }, ["IDENTITY_RATE_LIMITS"]],
  [{ IDENTITY_PASSWORD_PEPPERS: "p1:c2hvcnQ" }, ["IDENTITY_PASSWORD_PEPPERS"]],
  [
    { IDENTITY_SIGNING_KEYS: `k0:${OTHER}, ${KEY}`, IDENTITY_PASSWORD_PEPPERS: `p1:${KEY.slice(3)}` },
    ["IDENTITY_PASSWORD_PEPPERS"]
  ],
  [{ IDENTITY_SESSION_IDLE_TIMEOUT: "31 days" }, ["IDENTITY_SESSION_IDLE_TIMEOUT"]],
  [
    { IDENTITY_SESSION_IDLE_TIMEOUT: "61m", IDENTITY_SESSION_MAX_LIFETIME: "1 hour" },
    ["IDENTITY_SESSION_IDLE_TIMEOUT"]
  ],
  [{ IDENTITY_SESSION_MAX_LIFETIME: "long" }, ["IDENTITY_SESSION_MAX_LIFETIME"]],
  [{ IDENTITY_SMTP_URL: "smtp://ada@mail.example.com", IDENTITY_MAIL_FROM: FROM }, ["IDENTITY_SMTP_URL"]],
  [{ IDENTITY_SMTP_URL: "smtps://mail.example.com" }, ["IDENTITY_MAIL_FROM"]],
  [{ IDENTITY_MAIL_FROM: "a@example.com, b@example.com" }, ["IDENTITY_MAIL_FROM"]],
  [{ IDENTITY_MAIL_FROM: "Example <accounts@example.com> b" }, ["IDENTITY_MAIL_FROM"]],
  [
    { IDENTITY_SMTP_URL: "smtp://10.0.0.1", IDENTITY_SMTP_TLS: "opportunistic", IDENTITY_MAIL_FROM: FROM },
    ["IDENTITY_SMTP_TLS"]
  ],
  [{ IDENTITY_SMTP_CA: import.meta.filename }, ["IDENTITY_SMTP_CA"]],
  [{ IDENTITY_MAIL_LINK_URL: "https://app.example.com/recovery" }, ["IDENTITY_MAIL_LINK_URL"]],
  [{ IDENTITY_MAIL_LINK_URL: "https://{purpose}.example.com/" }, ["IDENTITY_MAIL_LINK_URL"]],
  [{ IDENTITY_MAIL_LINK_URL: "https://app.example.com/{purpose}#id" }, ["IDENTITY_MAIL_LINK_URL"]],
  [{ IDENTITY_MAIL_LANGUAGE: "fr" }, ["IDENTITY_MAIL_LANGUAGE"]],
  [{ IDENTITY_MAIL_TEMPLATES: "/none" }, ["IDENTITY_MAIL_TEMPLATES"]],
  [{ IDENTITY_MAIL_TEMPLATES: import.meta.dirname, IDENTITY_MAIL_LANGUAGE: "fr" }, [
    "IDENTITY_MAIL_TEMPLATES",
    "IDENTITY_MAIL_LANGUAGE"
  ]],
  [{ IDENTITY_LOG_LEVEL: "loud" }, ["IDENTITY_LOG_LEVEL"]],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector" }, ["OTEL_EXPORTER_OTLP_ENDPOINT"]],
  [
    { IDENTITY_DATABASE_URL: DATABASE, IDENTITY_PORT: "http", IDENTITY_TLS_KEY: import.meta.filename },
    ["IDENTITY_PORT", "IDENTITY_SIGNING_KEYS", "IDENTITY_TLS_CERT"]
  ]
]

describe("a configuration is at fault", () => {
  it.effect.each(atFault)("with %j", ([environment, names]) =>
    Effect.gen(function*() {
      const problems = yield* problemsOf(environment)
      assert.deepStrictEqual(problems.map(({ name }) => name), names)
      for (const secret of ["secret", "c2hvcnQ", KEY.slice(3)]) assert.notInclude(JSON.stringify(problems), secret)
    }).pipe(Effect.provide(NodeServices.layer)))
})

describe("--data-dir", () => {
  it.effect("is refused where IDENTITY_DATABASE_URL names the database, and IDENTITY_DATA_DIR is not", () =>
    Effect.gen(function*() {
      const environment = { IDENTITY_DATABASE_URL: DATABASE, IDENTITY_SIGNING_KEYS: KEY, IDENTITY_DATA_DIR: "/data" }
      const { values } = yield* loadConfiguration([{ name: "IDENTITY_DATA_DIR", flag: "--data-dir", text: "/x" }]).pipe(
        Effect.provide(onlyVariables({ HOME: "/home/ada", ...environment }))
      )
      assert.include(
        Option.getOrThrow(Result.getFailure(values)).message,
        "IDENTITY_DATA_DIR is given by --data-dir, but IDENTITY_DATABASE_URL names another database"
      )
      assert.isTrue(Result.isSuccess((yield* load(environment)).values))
    }).pipe(Effect.provide(NodeServices.layer)))
})

describe("a configuration is sound", () => {
  it.effect("without anything set, on the embedded database", () =>
    Effect.gen(function*() {
      const { settings } = Result.getOrThrow((yield* load({ XDG_DATA_HOME: "/data" })).values)
      assert.strictEqual(settings.IDENTITY_DATABASE_URL, undefined)
      assert.isString(settings.IDENTITY_DATA_DIR)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("without anything set, with the session limits that the domain has by default", () =>
    Effect.gen(function*() {
      const { settings } = Result.getOrThrow((yield* load({})).values)
      assert.deepStrictEqual({
        idleTimeout: settings.IDENTITY_SESSION_IDLE_TIMEOUT,
        maxLifetime: settings.IDENTITY_SESSION_MAX_LIFETIME,
        perAccountMax: settings.IDENTITY_SESSION_MAX_PER_ACCOUNT,
        elevationLifetime: settings.IDENTITY_ELEVATION_LIFETIME
      }, SessionPolicy.defaultValue())
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("with a longest life alone: unused sessions end after a week, or with it if it is shorter", () =>
    Effect.gen(function*() {
      const idleFor = Effect.fnUntraced(function*(longest: string) {
        const { settings } = Result.getOrThrow((yield* load({ IDENTITY_SESSION_MAX_LIFETIME: longest })).values)
        return Duration.toHours(settings.IDENTITY_SESSION_IDLE_TIMEOUT)
      })
      assert.deepStrictEqual([yield* idleFor("1h"), yield* idleFor("7 days"), yield* idleFor("8d")], [1, 168, 168])
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("with a database and keys", () =>
    Effect.gen(function*() {
      const environment = { IDENTITY_DATABASE_URL: DATABASE, IDENTITY_SIGNING_KEYS: KEY }
      const { settings } = Result.getOrThrow((yield* load(environment)).values)
      assert.strictEqual(
        settings.IDENTITY_DATABASE_URL === undefined ? "" : Redacted.value(settings.IDENTITY_DATABASE_URL),
        DATABASE
      )
      assert.strictEqual(settings.IDENTITY_SIGNING_KEYS?.[0].id, "k1")
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("with peppers, which are not shown", () =>
    Effect.gen(function*() {
      const { settings, values } = yield* load({ IDENTITY_PASSWORD_PEPPERS: `p1:${OTHER}` })
      assert.strictEqual(Result.getOrThrow(values).settings.IDENTITY_PASSWORD_PEPPERS?.[0].id, "p1")
      assert.notInclude(JSON.stringify(settings), OTHER)
    }).pipe(Effect.provide(NodeServices.layer)))
})

describe("several processes", () => {
  it.effect("share the cores for hashing, and each hashes at least one password", () =>
    Effect.gen(function*() {
      const slots = (variables: Readonly<Record<string, string>>) =>
        Effect.map(load(variables), ({ values }) => hashSlotsOf(Result.getOrThrow(values).settings))
      const cores = availableParallelism()
      const kept = Math.max(1, cores - 1)
      assert.deepStrictEqual(yield* slots({}), { concurrency: kept, borrowed: cores - kept })
      assert.deepStrictEqual(yield* slots({ IDENTITY_WORKERS: "1000" }), { concurrency: 1, borrowed: 0 })
      const given = { IDENTITY_HASH_CONCURRENCY: "3", IDENTITY_WORKERS: "2" }
      assert.deepStrictEqual(yield* slots(given), { concurrency: 3, borrowed: 0 })
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("have the settings of the one that read them, whatever they would find themselves", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const secrets = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFileString(`${secrets}/IDENTITY_SIGNING_KEYS`, KEY)
      const first = yield* load({
        IDENTITY_DATABASE_URL: DATABASE,
        IDENTITY_SECRETS_DIR: secrets,
        IDENTITY_PORT: "8443",
        OTEL_SERVICE_NAME: "accounts"
      })
      const { rawValues } = Result.getOrThrow(first.values)
      yield* fs.writeFileString(`${secrets}/IDENTITY_SIGNING_KEYS`, `k2:${OTHER}`)
      yield* fs.writeFileString(`${secrets}/IDENTITY_PASSWORD_PEPPERS`, `p1:${OTHER}`)
      const adopted = yield* adoptConfiguration(rawValues).pipe(
        Effect.provide(onlyVariables({ HOME: "/srv/other", IDENTITY_PORT: "9443" }))
      )
      const { settings } = Result.getOrThrow(adopted.values)
      assert.strictEqual(settings.IDENTITY_SIGNING_KEYS?.[0].id, "k1")
      assert.strictEqual(settings.IDENTITY_PASSWORD_PEPPERS, undefined)
      assert.deepStrictEqual([settings.IDENTITY_PORT, settings.IDENTITY_PUBLIC_URL], [8443, "http://127.0.0.1:8443"])
      assert.strictEqual(settings.IDENTITY_DATA_DIR, Result.getOrThrow(first.values).settings.IDENTITY_DATA_DIR)
      assert.strictEqual(settings.OTEL_SERVICE_NAME, "accounts")
      assert.notInclude(JSON.stringify(rawValues), KEY)
    }).pipe(Effect.provide(NodeServices.layer)))
})

describe("what is shown", () => {
  it.effect("has the variables of OpenTelemetry that are set, and no secret", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const secrets = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFileString(`${secrets}/OTEL_EXPORTER_OTLP_HEADERS`, "authorization=hush")
      const { settings } = yield* load({
        IDENTITY_SECRETS_DIR: secrets,
        IDENTITY_DATABASE_URL: DATABASE,
        IDENTITY_SIGNING_KEYS: KEY,
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://ada:hush@collector:4318"
      })
      const shown = JSON.stringify(settings)
      for (const secret of ["secret", "hush", KEY.slice(3)]) assert.notInclude(shown, secret)
      assert.include(shown, "http://<redacted>@collector:4318")
      assert.deepInclude(settings, {
        name: "OTEL_EXPORTER_OTLP_HEADERS",
        value: Option.some("<redacted>"),
        origin: `${secrets}/OTEL_EXPORTER_OTLP_HEADERS`
      })
    }).pipe(Effect.provide(NodeServices.layer)))
})

describe("what is shown of a setting that nobody has set", () => {
  const shownIn = (environment: Readonly<Record<string, string>>, name: string) =>
    Effect.map(load(environment), ({ settings }) => settings.find((it) => it.name === name)?.value)

  it.effect("is that the embedded database's signing key is generated", () =>
    Effect.gen(function*() {
      const name = "IDENTITY_SIGNING_KEYS"
      assert.deepStrictEqual(yield* shownIn({}, name), Option.some("<generated, in IDENTITY_DATA_DIR>"))
      assert.deepStrictEqual(yield* shownIn({ IDENTITY_DATABASE_URL: DATABASE }, name), Option.none())
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("is no default that is made of an invalid one", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* shownIn({ IDENTITY_PORT: "abc" }, "IDENTITY_PUBLIC_URL"), Option.none())
    }).pipe(Effect.provide(NodeServices.layer)))
})
