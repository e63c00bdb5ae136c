/**
 * Chooses the adapters by the configuration: database, keys and hashing. The server and the commands share these
 * layers, and each builds them once.
 */
import { Effect, Layer, Redacted, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import * as ZxcvbnPasswordBlocklist from "../src/adapters/blocklist/ZxcvbnPasswordBlocklist.ts"
import * as AesGcmSecretBox from "../src/adapters/crypto/AesGcmSecretBox.ts"
import * as Argon2PasswordHasher from "../src/adapters/crypto/Argon2PasswordHasher.ts"
import * as HmacTokenSigner from "../src/adapters/crypto/HmacTokenSigner.ts"
import * as InstalledPasswordHashEngine from "../src/adapters/crypto/InstalledPasswordHashEngine.ts"
import { generateSigningKey, KeyRing } from "../src/adapters/crypto/KeyRing.ts"
import * as NodeOneTimeCodes from "../src/adapters/crypto/NodeOneTimeCodes.ts"
import * as PooledRandom from "../src/adapters/crypto/PooledRandom.ts"
import * as SecureApiKeySecrets from "../src/adapters/crypto/SecureApiKeySecrets.ts"
import * as SecureIdGenerator from "../src/adapters/crypto/SecureIdGenerator.ts"
import * as SmtpMailer from "../src/adapters/mail/SmtpMailer.ts"
import * as PostgresClient from "../src/adapters/postgres/connection/PostgresClient.ts"
import type { PostgresTarget } from "../src/adapters/postgres/connection/PostgresTarget.ts"
import * as PostgresStores from "../src/adapters/postgres/PostgresStores.ts"
import * as PostgresSchemaMigrator from "../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import * as PostgresStoreHealth from "../src/adapters/postgres/upkeep/PostgresStoreHealth.ts"
import * as SimpleWebAuthnPasskeyVerifier from "../src/adapters/webauthn/SimpleWebAuthnPasskeyVerifier.ts"
import { ApiKeyPolicy } from "../src/domain/admin/ApiKeyPolicy.ts"
import { reportApiKeys } from "../src/domain/admin/ApiKeyReport.ts"
import { AuditRetention } from "../src/domain/audit/AuditRetention.ts"
import { AuditReview } from "../src/domain/audit/AuditReview.ts"
import { SignInLinkPolicy } from "../src/domain/challenges/SignInLinkPolicy.ts"
import * as Core from "../src/domain/Core.ts"
import { SecondFactorPolicy } from "../src/domain/factors/SecondFactorPolicy.ts"
import { reportMails, warnOfWaitingMails } from "../src/domain/mail/MailReport.ts"
import { Mails } from "../src/domain/mail/Mails.ts"
import { sendMails } from "../src/domain/mail/MailSending.ts"
import { NoticePolicy } from "../src/domain/mail/Notices.ts"
import { PasswordPolicy } from "../src/domain/passwords/PasswordPolicy.ts"
import { EmailVerificationPolicy } from "../src/domain/sessions/EmailVerificationPolicy.ts"
import { SessionPolicy } from "../src/domain/sessions/SessionPolicy.ts"
import { watchAudit } from "../src/domain/upkeep/AuditWatch.ts"
import { Housekeeping } from "../src/domain/upkeep/Housekeeping.ts"
import { awaitSchema, requireSchema, watchSchema } from "../src/domain/upkeep/SchemaCheck.ts"
import { SealedSecrets } from "../src/domain/upkeep/SealedSecrets.ts"
import { reportStore } from "../src/domain/upkeep/StoreReport.ts"
import { rereadSetting } from "../src/platform/configuration/Sources.ts"
import * as EmbeddedKey from "../src/platform/embedded/EmbeddedKey.ts"
import * as EmbeddedPostgres from "../src/platform/embedded/EmbeddedPostgres.ts"
import { CommandFailed } from "../src/platform/process/CommandFailed.ts"
import { hashSlots } from "../src/platform/process/Threads.ts"
import { SchemaMigrator } from "../src/ports/SchemaMigrator.ts"
import { Stores } from "../src/ports/Stores.ts"
import { ensureFit } from "./keys.ts"
import { mailer, mailRenderer, serviceName, smtpOptions } from "./mails.ts"
import type { Settings, Values } from "./settings.ts"

/** What the primary needs for readiness, housekeeping and the admin API. Workers have connections of their own. */
export const PRIMARY_CONNECTIONS_MAX = 4

/** The stores, the migrator, their connections, and the keys. */
export const storage = (settings: Settings) =>
  settings.IDENTITY_DATABASE_URL === undefined || settings.IDENTITY_SIGNING_KEYS === undefined
    ? embedded(settings)
    : Layer.merge(
      byUrl(settings, settings.IDENTITY_DATABASE_URL),
      Layer.merge(
        HmacTokenSigner.layer(settings.IDENTITY_SIGNING_KEYS),
        AesGcmSecretBox.layer(settings.IDENTITY_ENCRYPTION_KEYS ?? [])
      )
    )

const byUrl = (settings: Settings, url: Redacted.Redacted) =>
  Layer.unwrap(Effect.map(rereadSetting("IDENTITY_DATABASE_URL"), (reread) => postgres(settings, { url, reread })))

/** The stores, the migrator and the health check on one database. */
export const postgres = (settings: Settings, target: PostgresTarget) =>
  Layer.mergeAll(
    PostgresStores.layer,
    PostgresSchemaMigrator.layer,
    PostgresStoreHealth.layer
  ).pipe(
    Layer.provideMerge(PostgresClient.layer({
      target,
      poolMax: settings.IDENTITY_DATABASE_POOL_MAX,
      timeout: settings.IDENTITY_DATABASE_TIMEOUT
    })),
    // The URL's syntax has been checked with the settings.
    Layer.orDie
  )

const embedded = (settings: Settings) =>
  Layer.unwrap(
    Effect.gen(function*() {
      const dataDir = settings.IDENTITY_DATA_DIR ?? ""
      const target = yield* EmbeddedPostgres.acquire({ dataDir })
      const signing = settings.IDENTITY_SIGNING_KEYS ?? (yield* generatedKeys(dataDir, "signing-key"))
      const encryption = settings.IDENTITY_ENCRYPTION_KEYS ?? (yield* generatedKeys(dataDir, "encryption-key"))
      return Layer.mergeAll(
        postgres(settings, target),
        HmacTokenSigner.layer(signing),
        AesGcmSecretBox.layer(encryption)
      )
    }).pipe(
      Effect.catchTags({
        EmbeddedPostgresUnsupported: ({ message }) =>
          new CommandFailed({ exitCode: 2, code: "unsupported-platform", message }),
        EmbeddedPostgresUnavailable: ({ message }) => unavailable(message),
        DataDirectoryUnusable: ({ directory, message, reason }) =>
          new CommandFailed({
            exitCode: 2,
            code: "invalid-configuration",
            message,
            problems: [{ name: "IDENTITY_DATA_DIR", problem: `names ${directory}, ${reason}` }]
          })
      })
    )
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto))

const generatedKeys = Effect.fnUntraced(function*(dataDir: string, name: EmbeddedKey.KeyName) {
  const random = yield* SecureRandom.SecureRandom
  const generate = Effect.provideService(generateSigningKey, SecureRandom.SecureRandom, random)
  const text = yield* EmbeddedKey.loadOrCreate(dataDir, name, generate)
  return yield* Effect.mapError(
    Schema.decodeEffect(KeyRing)(Redacted.value(text)),
    () => unavailable(DAMAGED_KEY[name])
  )
})

/** The messages for a key file that can't be decoded. */
export const DAMAGED_KEY: Readonly<Record<EmbeddedKey.KeyName, string>> = {
  "signing-key": "The file signing-key of the data directory is damaged. Without it, sessions can't be verified.",
  "encryption-key":
    "The file encryption-key of the data directory is damaged. Without it, second factors can't be verified."
}

const unavailable = (message: string) =>
  new CommandFailed({ exitCode: 1, code: "embedded-database-unavailable", message })

/** The operator's policies for passwords, sessions, API keys, notices and the audit log. */
export const policies = (settings: Settings) =>
  Layer.mergeAll(
    Layer.succeed(PasswordPolicy, {
      lengthMin: settings.IDENTITY_PASSWORD_MIN_LENGTH,
      serviceNames: ["identity", new URL(settings.IDENTITY_PUBLIC_URL).hostname]
    }),
    Layer.succeed(SessionPolicy, {
      idleTimeout: settings.IDENTITY_SESSION_IDLE_TIMEOUT,
      maxLifetime: settings.IDENTITY_SESSION_MAX_LIFETIME,
      perAccountMax: settings.IDENTITY_SESSION_MAX_PER_ACCOUNT,
      elevationLifetime: settings.IDENTITY_ELEVATION_LIFETIME
    }),
    Layer.succeed(ApiKeyPolicy, { maxLifetime: settings.IDENTITY_API_KEY_MAX_LIFETIME }),
    Layer.succeed(SecondFactorPolicy, settings.IDENTITY_SECOND_FACTOR),
    Layer.succeed(AuditRetention, settings.IDENTITY_AUDIT_RETENTION),
    Layer.succeed(EmailVerificationPolicy, settings.IDENTITY_EMAIL_VERIFICATION),
    Layer.succeed(SignInLinkPolicy, settings.IDENTITY_SIGN_IN_LINKS),
    Layer.succeed(NoticePolicy, settings.IDENTITY_SMTP_URL === undefined ? "off" : settings.IDENTITY_NOTIFICATIONS)
  )

export const hashSlotsOf = (settings: Settings) =>
  hashSlots(settings.IDENTITY_HASH_CONCURRENCY, settings.IDENTITY_WORKERS)

const ids = SecureIdGenerator.layer.pipe(Layer.provide(PooledRandom.layer))

const crypto = (settings: Settings, engine: typeof InstalledPasswordHashEngine.layer) =>
  Layer.mergeAll(
    ids,
    SecureApiKeySecrets.layer,
    NodeOneTimeCodes.layer,
    Argon2PasswordHasher.layer({
      memoryKib: settings.IDENTITY_ARGON2_MEMORY_KIB,
      timeCost: settings.IDENTITY_ARGON2_TIME_COST,
      parallelism: settings.IDENTITY_ARGON2_PARALLELISM,
      ...hashSlotsOf(settings),
      peppers: settings.IDENTITY_PASSWORD_PEPPERS
    }).pipe(Layer.provide(engine))
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto))

/** The work that one process of a server does for the store: housekeeping, reports and watching the audit log. */
export const storeUpkeep = Layer.mergeAll(
  Layer.effectDiscard(Effect.flatMap(Housekeeping, ({ run }) => Effect.forkScoped(Effect.andThen(awaitSchema, run)))),
  Layer.effectDiscard(Effect.forkScoped(reportStore)),
  Layer.effectDiscard(Effect.forkScoped(Effect.andThen(awaitSchema, reportApiKeys))),
  Layer.effectDiscard(Effect.forkScoped(Effect.andThen(awaitSchema, watchAudit)))
).pipe(Layer.provide([AuditReview.layer, ids]), Layer.provide(Stores.each))

/** Sends the mails that wait, in one process of a server. Without a mail server they go on waiting. */
export const mailSending = (settings: Settings) =>
  Layer.unwrap(
    Effect.map(smtpOptions(settings), (options) =>
      options === undefined
        ? Layer.effectDiscard(Effect.forkScoped(Effect.andThen(awaitSchema, warnOfWaitingMails)))
        : Layer.effectDiscard(
          Effect.forkScoped(Effect.andThen(awaitSchema, Effect.all([sendMails, reportMails], { concurrency: 2 })))
        ).pipe(
          Layer.provide([mailRenderer(settings), SmtpMailer.layer(options), ids]),
          Layer.provide(Stores.each)
        ))
  )

/** The services of a process that answers sign-ins. They need `storage`. */
export const services = (settings: Settings) => servicesOn(InstalledPasswordHashEngine.layer, settings)

/** The same for a process that seldom hashes. */
export const seldomHashing = (settings: Settings) => servicesOn(InstalledPasswordHashEngine.layerOnFirstUse, settings)

const servicesOn = (engine: typeof InstalledPasswordHashEngine.layer, settings: Settings) =>
  Core.layer.pipe(
    Layer.provide([policies(settings), crypto(settings, engine), ZxcvbnPasswordBlocklist.layer, passkeys(settings)])
  )

const passkeys = (settings: Settings) =>
  SimpleWebAuthnPasskeyVerifier.layer({
    id: settings.IDENTITY_PASSKEY_RP_ID,
    name: serviceName(settings),
    origins: settings.IDENTITY_PASSKEY_ORIGINS ?? []
  })

/** No other server uses the embedded database, so it is migrated at once. */
const migrated = Layer.effectDiscard(Effect.flatMap(SchemaMigrator, ({ migrate }) => migrate))

/**
 * Migrates the embedded database. In a database of the operators, waits until `identity migrate` has run. Refuses to
 * serve with keys, or for a domain, that don't fit what is stored.
 */
export const serverSchema = (settings: Settings) =>
  Layer.effectDiscard(ensureFit(settings)).pipe(
    Layer.provide(SealedSecrets.layer),
    Layer.provide(Stores.each),
    Layer.provide(settings.IDENTITY_DATABASE_URL === undefined ? migrated : Layer.effectDiscard(watchSchema))
  )

/** What a command needs of the database. It fails when the schema isn't up to date. */
const commandStorage = (settings: Settings) =>
  (settings.IDENTITY_DATABASE_URL === undefined ? migrated : Layer.effectDiscard(requireSchema)).pipe(
    Layer.provideMerge(storage(settings))
  )

/** The services for a command. */
export const commandServices = ({ settings }: Values) =>
  seldomHashing(settings).pipe(Layer.provide(commandStorage(settings)))

/** The same with what is known of mails. */
export const commandMails = ({ settings }: Values) =>
  Mails.layer.pipe(
    Layer.provide([mailRenderer(settings), mailer(settings), ids, Stores.each]),
    Layer.provideMerge(seldomHashing(settings)),
    Layer.provide(commandStorage(settings))
  )

export const migrator = ({ settings }: Values) => storage(settings)
