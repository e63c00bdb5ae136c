/** All services on a Postgres database, with the tables, tokens and limits of the server. */
import { Duration, Effect, Layer, Redacted, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import * as ZxcvbnPasswordBlocklist from "../adapters/blocklist/ZxcvbnPasswordBlocklist.ts"
import * as AesGcmSecretBox from "../adapters/crypto/AesGcmSecretBox.ts"
import * as Argon2PasswordHasher from "../adapters/crypto/Argon2PasswordHasher.ts"
import * as HmacTokenSigner from "../adapters/crypto/HmacTokenSigner.ts"
import * as InstalledPasswordHashEngine from "../adapters/crypto/InstalledPasswordHashEngine.ts"
import { KeyRing } from "../adapters/crypto/KeyRing.ts"
import * as NodeOneTimeCodes from "../adapters/crypto/NodeOneTimeCodes.ts"
import { LEAST_COST } from "../adapters/crypto/PasswordHashEngine.ts"
import * as SecureApiKeySecrets from "../adapters/crypto/SecureApiKeySecrets.ts"
import * as SecureIdGenerator from "../adapters/crypto/SecureIdGenerator.ts"
import { CONNECTION_DEFAULTS } from "../adapters/postgres/connection/ConnectionDefaults.ts"
import type { InvalidDatabaseUrl } from "../adapters/postgres/connection/DatabaseUrl.ts"
import * as PostgresClient from "../adapters/postgres/connection/PostgresClient.ts"
import * as PostgresStores from "../adapters/postgres/PostgresStores.ts"
import * as PostgresSchemaMigrator from "../adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import * as SimpleWebAuthnPasskeyVerifier from "../adapters/webauthn/SimpleWebAuthnPasskeyVerifier.ts"
import type { RelyingParty } from "../adapters/webauthn/SimpleWebAuthnPasskeyVerifier.ts"
import { SharedClock } from "../domain/clock/SharedClock.ts"
import * as Core from "../domain/Core.ts"
import type { MigrationBlocked, StoreUnavailable, StoreUnsuitable } from "../domain/model/IdentityErrors.ts"
import { SchemaMigrator } from "../ports/SchemaMigrator.ts"

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`. */
  readonly url: Redacted.Redacted
  /** `kid:base64url,…`, each as `identity generate-signing-key` prints one. The first signs, all verify. */
  readonly signingKeys: Redacted.Redacted
  /** Keys in the same form, for password hashes. None by default. */
  readonly passwordPeppers?: Redacted.Redacted
  /**
   * Keys in the same form, for secrets that are stored to be read again. Without them nobody can enrol a second factor.
   * All with which something is still sealed have to be given.
   */
  readonly encryptionKeys?: Redacted.Redacted
  /** Where people use passkeys. Nobody can by default. */
  readonly passkeys?: RelyingParty
  /** Brings the schema up to date first. Otherwise run `identity migrate`. */
  readonly migrate?: boolean
  /** Most connections to the database. 10 by default. */
  readonly poolMax?: number
  /** The longest that connecting and each operation may take. 2 seconds by default. */
  readonly timeout?: Duration.Input
  /** Most password hashes at once. Each takes 19 MiB and one core. 1 by default. */
  readonly hashConcurrency?: number
}

/** Why the services can't be built. Messages about a key don't contain it. */
export type PostgresFailure =
  | InvalidDatabaseUrl
  | MigrationBlocked
  | Schema.SchemaError
  | StoreUnavailable
  | StoreUnsuitable

/**
 * All services. Their callers get the database's time as `Clock`. Connections are opened when they are first needed.
 * Rows of dead sessions stay until you run `Housekeeping`.
 */
export const layer = (options: PostgresOptions): Layer.Layer<Core.Services | SchemaMigrator, PostgresFailure> =>
  Layer.unwrap(Effect.gen(function*() {
    const keys = yield* keyRing(options.signingKeys)
    const peppers = options.passwordPeppers === undefined ? undefined : yield* keyRing(options.passwordPeppers)
    const encryption = options.encryptionKeys === undefined ? [] : yield* keyRing(options.encryptionKeys)
    return Layer.mergeAll(SharedClock.time, clockKept).pipe(
      Layer.provideMerge(Core.layer),
      Layer.provide([
        HmacTokenSigner.layer(keys),
        AesGcmSecretBox.layer(encryption),
        crypto(options, peppers),
        ZxcvbnPasswordBlocklist.layer,
        passkeys(options)
      ]),
      Layer.provideMerge(options.migrate === true ? migrated : Layer.empty),
      Layer.provideMerge(stores(options))
    )
  }))

const passkeys = ({ passkeys = { id: "localhost", name: "localhost", origins: [] } }: PostgresOptions) =>
  SimpleWebAuthnPasskeyVerifier.layer(passkeys)

const keyRing = (text: Redacted.Redacted) => Schema.decodeEffect(KeyRing)(Redacted.value(text))

const clockKept = Layer.effectDiscard(
  Effect.flatMap(SharedClock, ({ keepMeasuring }) => Effect.forkScoped(keepMeasuring))
)

const migrated = Layer.effectDiscard(Effect.flatMap(SchemaMigrator, ({ migrate }) => migrate))

const crypto = ({ hashConcurrency = 1 }: PostgresOptions, peppers: KeyRing | undefined) =>
  Layer.mergeAll(
    SecureIdGenerator.layer,
    SecureApiKeySecrets.layer,
    NodeOneTimeCodes.layer,
    Argon2PasswordHasher.layer({
      ...LEAST_COST,
      concurrency: hashConcurrency,
      peppers
    }).pipe(Layer.provide(InstalledPasswordHashEngine.layer))
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto))

const stores = (
  { poolMax = CONNECTION_DEFAULTS.poolMax, timeout = CONNECTION_DEFAULTS.timeout, url }: PostgresOptions
) =>
  Layer.merge(PostgresStores.layer, PostgresSchemaMigrator.layer).pipe(
    Layer.provide(PostgresClient.layer({ target: { url }, poolMax, timeout: Duration.fromInputUnsafe(timeout) }))
  )
