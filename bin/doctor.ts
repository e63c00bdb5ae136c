/**
 * Runs the checks of an installation, for `identity doctor` and for a server at its start. Each module judges its own
 * part. The checks are here in the order in which they are shown.
 */
import { Array, Context, DateTime, Effect, Layer, Option, Redacted, Result, Schedule, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import * as AesGcmSecretBox from "../src/adapters/crypto/AesGcmSecretBox.ts"
import * as HmacTokenSigner from "../src/adapters/crypto/HmacTokenSigner.ts"
import { judgeAge, KeyRing } from "../src/adapters/crypto/KeyRing.ts"
import { judgeOpenFiles } from "../src/adapters/http/listener/ConnectionLimit.ts"
import { examineTls } from "../src/adapters/http/listener/TlsFiles.ts"
import { examineMail } from "../src/adapters/mail/MailExamination.ts"
import { describeTarget } from "../src/adapters/postgres/connection/PostgresTarget.ts"
import type { PostgresTarget } from "../src/adapters/postgres/connection/PostgresTarget.ts"
import { databaseChecks, examineDatabase } from "../src/adapters/postgres/upkeep/DatabaseExamination.ts"
import type { Demands } from "../src/adapters/postgres/upkeep/DatabaseExamination.ts"
import { judgeClock } from "../src/domain/clock/ClockReport.ts"
import { SharedClock } from "../src/domain/clock/SharedClock.ts"
import { UNLIMITED } from "../src/domain/limits/AttemptPolicy.ts"
import { explainOutage } from "../src/domain/model/StoreAdvice.ts"
import { SealedSecrets } from "../src/domain/upkeep/SealedSecrets.ts"
import { failure, logFinding, ok, unchecked, warning } from "../src/kernel/Finding.ts"
import type { Check, Finding } from "../src/kernel/Finding.ts"
import type { Configuration } from "../src/platform/configuration/Configuration.ts"
import * as DataDirectory from "../src/platform/embedded/DataDirectory.ts"
import * as EmbeddedKey from "../src/platform/embedded/EmbeddedKey.ts"
import * as EmbeddedPostgres from "../src/platform/embedded/EmbeddedPostgres.ts"
import { findPackage } from "../src/platform/embedded/PostgresBinaries.ts"
import { openFilesMax } from "../src/platform/process/OpenFiles.ts"
import { SchemaMigrator } from "../src/ports/SchemaMigrator.ts"
import { StoreHealth } from "../src/ports/StoreHealth.ts"
import { Stores } from "../src/ports/Stores.ts"
import { DAMAGED_KEY, postgres, PRIMARY_CONNECTIONS_MAX } from "./compose.ts"
import { examineFit } from "./keys.ts"
import { smtpOptions } from "./mails.ts"
import type { Settings } from "./settings.ts"

const machineChecks: ReadonlyArray<Check> = ["keys", "tls", "open-files"]

const storeChecks: ReadonlyArray<Check> = [...databaseChecks, "clock"]

const outsideChecks: ReadonlyArray<Check> = ["mail"]

const notChecked = (checks: ReadonlyArray<Check>, reason: string, advice?: string): ReadonlyArray<Finding> =>
  checks.map((check) => unchecked(check, reason, advice))

/** Runs all checks. Starts nothing and changes nothing. */
export const examine = Effect.fnUntraced(function*(configuration: Configuration<Settings>) {
  const { settings, values, warnings } = configuration
  const ignored = warnings.map((text) => warning("configuration", text))
  if (Result.isFailure(values)) {
    const { message, problems = [{ name: "", problem: message }] } = values.failure
    const invalid = problems.map(({ name, problem }) =>
      failure("configuration", `${name} ${problem}.`, "`identity config` shows where each setting comes from.")
    )
    const checks = [...machineChecks, ...storeChecks, ...outsideChecks]
    return [...invalid, ...ignored, ...notChecked(checks, "the configuration is invalid")]
  }
  const unwise = values.success.settings.IDENTITY_RATE_LIMITS === "off"
    ? [warning("configuration", `${UNLIMITED}.`, "Remove IDENTITY_RATE_LIMITS once the load test is over.")]
    : []
  const byDefault = settings.filter(({ origin }) => origin === "default").length
  const valid = ok("configuration", `All ${settings.length} settings are valid; ${byDefault} have their defaults.`)
  const keys = yield* Effect.cached(findKeys(values.success.settings))
  return [
    ...Array.match([...ignored, ...unwise], { onEmpty: () => [valid], onNonEmpty: (found) => found }),
    ...(yield* examineMachine(values.success.settings, keys)),
    ...(yield* examineStore(values.success.settings, keys)),
    yield* examineMailServer(values.success.settings)
  ]
})

/**
 * Logs once what the checks find on this machine, at the mail server and, as soon as the server is ready, in the
 * database. Other parts of the server watch the schema and the clock.
 */
export const startChecks = (settings: Settings) =>
  Layer.effectDiscard(Effect.gen(function*() {
    yield* Effect.forEach(yield* examineMachine(settings, findKeys(settings)), logFinding, { discard: true })
    yield* Effect.forkScoped(Effect.flatMap(examineMailServer(settings), logFinding))
    const { obstacles } = yield* StoreHealth
    const { pending } = yield* SchemaMigrator
    const serves = Effect.filterOrFail(Effect.all([obstacles, pending]), (found) => found.flat().length === 0)
    yield* Effect.retry(serves, Schedule.spaced("2 seconds")).pipe(
      Effect.andThen(examineDatabase(demandsOf(settings))),
      Effect.flatMap(Effect.forEach(logFinding)),
      Effect.forkScoped
    )
  }))

/** The checks that don't need the database. */
const examineMachine = (settings: Settings, keys: FindKeys) =>
  Effect.all([
    examineKeys(settings, keys),
    examineTls({ cert: settings.IDENTITY_TLS_CERT, key: settings.IDENTITY_TLS_KEY }),
    Effect.map(openFilesMax, (limit) =>
      judgeOpenFiles(limit, {
        connectionsMax: settings.IDENTITY_CONNECTIONS_MAX,
        databaseConnectionsMax: settings.IDENTITY_DATABASE_POOL_MAX
      }))
  ])

const examineMailServer = (settings: Settings) => Effect.flatMap(smtpOptions(settings), examineMail)

/** The worst first. */
const OUTCOMES = ["failure", "warning", "ok"] as const

const NO_KEY = ok("keys", "There is no signing key yet. The first start makes one.")

const FACTORS_OFF = "Second factors are off, because IDENTITY_ENCRYPTION_KEYS isn't set."

const examineKeys = Effect.fnUntraced(
  function*(settings: Settings, keys: FindKeys) {
    const { sealing, signing } = yield* keys
    const now = yield* DateTime.now
    const found = [
      ...(sealing === undefined ? [] : [judgeRing("encryption-key", sealing, now)]),
      signing === undefined ? NO_KEY : judgeRing("signing-key", signing, now)
    ]
    const outcome = OUTCOMES.find((wanted) => found.some((it) => it.outcome === wanted))
    const worst = found.filter((it) => it.outcome === outcome)
    const lacksEncryption = settings.IDENTITY_DATABASE_URL !== undefined && sealing === undefined
    const details = [...(lacksEncryption ? [FACTORS_OFF] : []), ...worst.map(({ detail }) => detail)]
    return { ...(worst[0] ?? NO_KEY), detail: details.join(" ") }
  },
  Effect.catchTags({
    DataDirectoryUnusable: () => Effect.succeed(unchecked("keys", "the data directory can't be used")),
    EmbeddedPostgresUnavailable: ({ message }) => Effect.succeed(unusableDirectory("keys", message)),
    PlatformError: ({ message }) => Effect.succeed(unusableDirectory("keys", message))
  })
)

const judgeRing = (name: EmbeddedKey.KeyName, { ring, writtenAt }: FoundRing, now: DateTime.Utc): Finding =>
  ring === undefined
    ? failure("keys", DAMAGED_KEY[name], "Take it from a backup.")
    : judgeAge(name, ring, now, writtenAt)

interface FoundRing {
  /** Undefined if its file is damaged. */
  readonly ring: KeyRing | undefined
  readonly writtenAt: DateTime.Utc | undefined
}

/** The keys of a server with these settings. */
const findKeys = (settings: Settings) =>
  Effect.all({
    sealing: findRing(settings, "encryption-key", settings.IDENTITY_ENCRYPTION_KEYS),
    signing: findRing(settings, "signing-key", settings.IDENTITY_SIGNING_KEYS)
  })

type FindKeys = ReturnType<typeof findKeys>

/** Those that are set, or those that the embedded database made. Undefined if there are none. */
const findRing = Effect.fnUntraced(function*(
  { IDENTITY_DATABASE_URL: url, IDENTITY_DATA_DIR: dataDir = "" }: Settings,
  name: EmbeddedKey.KeyName,
  given: KeyRing | undefined
) {
  if (given !== undefined) return { ring: given, writtenAt: undefined }
  if (url !== undefined) return undefined
  const directory = yield* DataDirectory.look(dataDir)
  const found = Option.flatten(
    yield* Effect.transposeOption(Option.map(directory, (it) => EmbeddedKey.find(it, name)))
  )
  return Option.getOrUndefined(Option.map(found, ({ key, writtenAt }): FoundRing => ({
    ring: Option.getOrUndefined(Schema.decodeOption(KeyRing)(Redacted.value(key))),
    writtenAt: Option.getOrUndefined(writtenAt)
  })))
})

const unusableDirectory = (check: Check, message: string): Finding =>
  failure(check, message, "Let IDENTITY_DATA_DIR name a directory that this user can read and write.")

const examineStore = Effect.fnUntraced(
  function*(settings: Settings, keys: FindKeys) {
    const target = yield* findTarget(settings)
    if (Option.isNone(target)) {
      return notChecked(storeChecks, "the embedded database does not run", "Start the server first.")
    }
    const store = yield* Layer.build(
      Layer.provideMerge(Layer.provide(SharedClock.layer, Stores.each), postgres(settings, target.value))
    )
    const findings = yield* Effect.provideContext(examineDatabase(demandsOf(settings)), store)
    const clock = Context.get(store, SharedClock)
    yield* clock.settled
    const isReadable = !findings.some(({ check, outcome }) =>
      (check === "schema" || check === "rights") && outcome === "failure"
    )
    const unfit = isReadable ? yield* Effect.provideContext(examineStored(settings, yield* keys), store) : []
    return [...findings, judgeClock(clock), ...unfit]
  },
  Effect.scoped,
  Effect.catchTags({
    DataDirectoryUnusable: ({ message }) => withoutDatabase(unusableDirectory("database", message)),
    EmbeddedPostgresUnavailable: ({ message }) => withoutDatabase(unusableDirectory("database", message)),
    EmbeddedPostgresUnsupported: ({ message }) =>
      withoutDatabase(failure("database", message, "Set IDENTITY_DATABASE_URL.")),
    PlatformError: ({ message }) => withoutDatabase(unusableDirectory("database", message)),
    StoreUnavailable: (outage) => withoutDatabase(failure("database", ...explainOutage(outage)))
  })
)

/** Whether the settings fit what is stored. */
const examineStored = Effect.fnUntraced(function*(settings: Settings, { sealing, signing }: Effect.Success<FindKeys>) {
  if (signing?.ring === undefined) return []
  const ring = Layer.provideMerge(SealedSecrets.layer, AesGcmSecretBox.layer(sealing?.ring ?? []))
  const keys = yield* Layer.build(
    Layer.merge(ring, HmacTokenSigner.layer(signing.ring)).pipe(
      Layer.provideMerge(Stores.each),
      Layer.provide(SecureRandom.layerWebCrypto)
    )
  )
  return yield* Effect.provideContext(examineFit(settings), keys)
})

const withoutDatabase = (finding: Finding) =>
  Effect.succeed([finding, ...notChecked(storeChecks.slice(1), "the database can't be used")])

/** The database by its URL, or the embedded one if it is running. */
const findTarget = Effect.fnUntraced(
  function*({ IDENTITY_DATA_DIR: dataDir = "", IDENTITY_DATABASE_URL: url }: Settings) {
    if (url !== undefined) return Option.some<PostgresTarget>({ url })
    yield* findPackage
    const directory = yield* DataDirectory.look(dataDir)
    return Option.flatten(yield* Effect.transposeOption(Option.map(directory, EmbeddedPostgres.findRunning)))
  }
)

/** What a server with these settings needs of its database. */
const demandsOf = (settings: Settings): Demands => {
  const { IDENTITY_AUDIT_RETENTION: retention, IDENTITY_DATABASE_URL: url, IDENTITY_WORKERS: workers } = settings
  const isPooled = url !== undefined &&
    Result.match(describeTarget({ url }), { onSuccess: ({ pooled }) => pooled, onFailure: () => false })
  const connections = workers * settings.IDENTITY_DATABASE_POOL_MAX + (workers > 1 ? PRIMARY_CONNECTIONS_MAX : 0)
  return { connections: isPooled ? undefined : connections, prunesEntries: retention !== undefined }
}
