/**
 * Chooses the adapters from the configuration: which database, which keys, which hashing. What the server and the
 * commands have in common; both build it once, when they need it.
 */
import { Array, Effect, Layer, Redacted, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import * as ZxcvbnPasswordBlocklist from "../src/adapters/blocklist/ZxcvbnPasswordBlocklist.ts"
import { OUTDATED } from "../src/adapters/cli/kit/Failure.ts"
import * as Argon2PasswordHasher from "../src/adapters/crypto/Argon2PasswordHasher.ts"
import * as HmacTokenSigner from "../src/adapters/crypto/HmacTokenSigner.ts"
import * as InstalledPasswordHashEngine from "../src/adapters/crypto/InstalledPasswordHashEngine.ts"
import { KeyRing } from "../src/adapters/crypto/KeyRing.ts"
import * as SecureIdGenerator from "../src/adapters/crypto/SecureIdGenerator.ts"
import * as PostgresClient from "../src/adapters/postgres/connection/PostgresClient.ts"
import type { PostgresTarget } from "../src/adapters/postgres/connection/PostgresTarget.ts"
import * as PostgresAttemptThrottle from "../src/adapters/postgres/ledger/PostgresAttemptThrottle.ts"
import * as PostgresAuditLog from "../src/adapters/postgres/ledger/PostgresAuditLog.ts"
import * as PostgresIdempotencyStore from "../src/adapters/postgres/ledger/PostgresIdempotencyStore.ts"
import * as PostgresIdentityStore from "../src/adapters/postgres/PostgresIdentityStore.ts"
import * as PostgresLeases from "../src/adapters/postgres/upkeep/PostgresLeases.ts"
import * as PostgresSchemaMigrator from "../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import * as PostgresStoreClock from "../src/adapters/postgres/upkeep/PostgresStoreClock.ts"
import * as PostgresStoreHealth from "../src/adapters/postgres/upkeep/PostgresStoreHealth.ts"
import { describeOffset, SharedClock } from "../src/domain/clock/SharedClock.ts"
import * as Core from "../src/domain/Core.ts"
import { StoreUnavailable, StoreUnsuitable } from "../src/domain/model/IdentityErrors.ts"
import { PasswordPolicy } from "../src/domain/passwords/PasswordPolicy.ts"
import { SessionPolicy } from "../src/domain/sessions/SessionPolicy.ts"
import { AuditRetention } from "../src/domain/upkeep/AuditRetention.ts"
import { HouseKeeping } from "../src/domain/upkeep/HouseKeeping.ts"
import * as EmbeddedPostgres from "../src/platform/embedded/EmbeddedPostgres.ts"
import * as EmbeddedSigningKey from "../src/platform/embedded/EmbeddedSigningKey.ts"
import { CommandFailed } from "../src/platform/process/CommandFailed.ts"
import { SchemaMigrator } from "../src/ports/SchemaMigrator.ts"
import { StoreHealth } from "../src/ports/StoreHealth.ts"
import type { StoreObstacle } from "../src/ports/StoreHealth.ts"
import { makeReread } from "./database-url.ts"
import type { Settings } from "./settings.ts"

/** The store, its migrator, the connections below them and the signing keys that belong to it. */
export const storage = (settings: Settings) =>
  settings.databaseUrl === undefined || settings.signingKeys === undefined
    ? embedded(settings)
    : Layer.merge(byUrl(settings, settings.databaseUrl), HmacTokenSigner.layer(settings.signingKeys))

const byUrl = (settings: Settings, url: Redacted.Redacted) =>
  Layer.unwrap(Effect.map(makeReread, (reread) => postgres(settings, { url, reread })))

const postgres = (settings: Settings, target: PostgresTarget) =>
  Layer.mergeAll(
    PostgresIdentityStore.layer,
    PostgresAttemptThrottle.layer,
    PostgresAuditLog.layer,
    PostgresIdempotencyStore.layer,
    PostgresLeases.layer,
    PostgresSchemaMigrator.layer,
    PostgresStoreHealth.layer,
    PostgresStoreClock.layer
  ).pipe(
    Layer.provideMerge(PostgresClient.layer({
      target,
      poolMax: settings.databasePoolMax,
      timeout: settings.databaseTimeout
    })),
    // The setting's syntax was checked by the same function.
    Layer.orDie
  )

const embedded = (settings: Settings) =>
  Layer.unwrap(
    Effect.gen(function*() {
      const dataDir = settings.dataDir ?? ""
      const target = yield* EmbeddedPostgres.acquire({ dataDir })
      const keys = settings.signingKeys ?? (yield* generatedKeys(dataDir))
      return Layer.merge(postgres(settings, target), HmacTokenSigner.layer(keys))
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

const generatedKeys = Effect.fnUntraced(function*(dataDir: string) {
  const text = yield* EmbeddedSigningKey.loadOrCreate(dataDir)
  return yield* Effect.mapError(
    Schema.decodeEffect(KeyRing)(Redacted.value(text)),
    () => unavailable(`The file signing-key in ${dataDir} is damaged. Without it, sessions can't be verified.`)
  )
})

const unavailable = (message: string) =>
  new CommandFailed({ exitCode: 1, code: "embedded-database-unavailable", message })

/** What the operators decide on passwords and sessions. */
export const policies = (settings: Settings) =>
  Layer.mergeAll(
    Layer.succeed(PasswordPolicy, {
      lengthMin: settings.passwordMinLength,
      serviceNames: ["identity", new URL(settings.publicUrl).hostname]
    }),
    Layer.succeed(SessionPolicy, {
      idleTimeout: settings.sessionIdleTimeout,
      maxLifetime: settings.sessionMaxLifetime,
      perAccountMax: settings.sessionMaxPerAccount
    }),
    Layer.succeed(AuditRetention, settings.auditRetention)
  )

const ids = SecureIdGenerator.layer.pipe(Layer.provide(SecureRandom.layerWebCrypto))

const crypto = (settings: Settings) =>
  Layer.merge(
    ids,
    Argon2PasswordHasher.layer({
      memoryKib: settings.argon2MemoryKib,
      timeCost: settings.argon2TimeCost,
      parallelism: settings.argon2Parallelism,
      concurrency: settings.hashConcurrency,
      peppers: settings.passwordPeppers
    }).pipe(Layer.provide(InstalledPasswordHashEngine.layer))
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto))

/** What forgets what is over, on a storage and without the other services. */
export const forgetting = (settings: Settings) =>
  HouseKeeping.layer.pipe(Layer.provide([ids, policies(settings)]), Layer.provideMerge(SharedClock.layer))

/** The services, on a storage. */
export const services = (settings: Settings) =>
  Core.layer.pipe(Layer.provide([policies(settings), crypto(settings), ZxcvbnPasswordBlocklist.layer]))

/**
 * A schema that fits this release. The embedded database is ours alone, so it is migrated at once; one by URL is
 * migrated by `identity migrate` when its operators want it.
 */
export const currentSchema = (settings: Settings) =>
  Layer.effectDiscard(Effect.gen(function*() {
    const schema = yield* SchemaMigrator
    if (settings.databaseUrl === undefined) return yield* Effect.asVoid(schema.migrate)
    const obstacles = yield* (yield* StoreHealth).obstacles
    yield* suitable(obstacles)
    const pending = yield* schema.pending
    if (pending.length === 0) return yield* Effect.void
    // Who may not use a schema sees none.
    if (obstacles.some(({ check }) => check === "rights")) {
      return yield* new StoreUnavailable({ reason: "right-missing" })
    }
    return yield* new CommandFailed({ exitCode: 1, code: "schema-outdated", message: OUTDATED })
  }))

/** Fails at what no GRANT and no migration can mend. */
export const suitable = (obstacles: ReadonlyArray<StoreObstacle>): Effect.Effect<void, StoreUnsuitable> => {
  const problems = obstacles.filter(({ check }) => check === "database").map(({ problem }) => problem)
  return Array.isReadonlyArrayNonEmpty(problems) ? Effect.fail(new StoreUnsuitable({ problems })) : Effect.void
}

/** The store's time for a command, which learns it before it does anything. */
export const measuredTime = (warn: (text: string) => Effect.Effect<void>) =>
  Layer.merge(
    SharedClock.time,
    Layer.effectDiscard(Effect.gen(function*() {
      const { agreement, measure, offsetMillis, settled } = yield* SharedClock
      yield* settled
      if (agreement() === "unknown") yield* measure
      if (agreement() !== "close") {
        yield* warn(`The clock of this machine is ${describeOffset(offsetMillis())}. The database's decides.`)
      }
    }))
  )
