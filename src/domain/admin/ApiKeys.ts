/**
 * Keys by which programs administer accounts: makes them, gives them new secrets, and ends them.
 *
 * A caller who acts by a key makes none that can do more than its own (ASVS 8.2.1): no other scopes, from no other
 * networks. Nor do they learn the secret of one that can, by rolling it, or end it.
 */
import { Array, Context, DateTime, Duration, Effect, Layer, Option } from "effect"
import { ApiKeySecrets } from "../../ports/ApiKeySecrets.ts"
import { ApiKeyStore } from "../../ports/ApiKeyStore.ts"
import { Directory } from "../../ports/Directory.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import { ApiKey, ApiKeyId, areWithin } from "../model/ApiKey.ts"
import type { ApiKeyScope, IssuedApiKey } from "../model/ApiKey.ts"
import { Caller } from "../model/Caller.ts"
import { ApiKeyLifetimeRefused, ApiKeyNotFound, NetworksTooWide, ScopeMissing } from "../model/IdentityErrors.ts"
import type { InvalidCursor, StoreUnavailable } from "../model/IdentityErrors.ts"
import type { Page, PageRequest } from "../model/Page.ts"
import { loadPage } from "../paging/Paging.ts"
import { API_KEY_LIFETIME_DEFAULT, ApiKeyPolicy } from "./ApiKeyPolicy.ts"

export interface NewApiKey {
  readonly name: string
  /** At least one. */
  readonly scopes: ReadonlyArray<ApiKeyScope>
  /** Addresses, and networks in CIDR notation; none for everywhere. */
  readonly allowedNetworks: ReadonlyArray<string>
  /** In 90 days, or as late as allowed, if it is undefined. */
  readonly expiresAt: DateTime.Utc | undefined
}

export class ApiKeys extends Context.Service<ApiKeys, {
  readonly create: (
    input: NewApiKey
  ) => Effect.Effect<IssuedApiKey, ApiKeyLifetimeRefused | NetworksTooWide | ScopeMissing | StoreUnavailable>

  /** Every key that wasn't revoked, by creation. */
  readonly list: (page: PageRequest) => Effect.Effect<Page<ApiKey>, InvalidCursor | StoreUnavailable>

  /**
   * Gives a key a new secret, with as much time as it got when it was made. The old secret stays good for `keepOldFor`,
   * but no longer than it was anyway.
   */
  readonly roll: (
    id: ApiKeyId,
    keepOldFor: Duration.Duration
  ) => Effect.Effect<IssuedApiKey, ApiKeyNotFound | NetworksTooWide | ScopeMissing | StoreUnavailable>

  /** Ends a key at once. */
  readonly revoke: (
    id: ApiKeyId
  ) => Effect.Effect<void, ApiKeyNotFound | NetworksTooWide | ScopeMissing | StoreUnavailable>
}>()("identityd/domain/admin/ApiKeys") {
  static readonly layer = Layer.effect(
    ApiKeys,
    Effect.gen(function*() {
      const store = yield* ApiKeyStore
      const directory = yield* Directory
      const secrets = yield* ApiKeySecrets
      const ids = yield* IdGenerator
      const signer = yield* TokenSigner
      const trail = yield* AuditTrail
      const { maxLifetime } = yield* ApiKeyPolicy

      const create = Effect.fn("ApiKeys.create")(function*(input: NewApiKey) {
        yield* coversAllOf(input)
        const now = yield* DateTime.now
        const { expiresAt = DateTime.addDuration(now, Duration.min(API_KEY_LIFETIME_DEFAULT, maxLifetime)) } = input
        const isTooLate = DateTime.isGreaterThan(expiresAt, DateTime.addDuration(now, maxLifetime))
        if (isTooLate || !DateTime.isGreaterThan(expiresAt, now)) {
          return yield* new ApiKeyLifetimeRefused({ max: maxLifetime })
        }
        const id = yield* ids.apiKeyId
        const secret = yield* secrets.make(id)
        const apiKey = ApiKey.make({
          id,
          name: input.name,
          scopes: [...new Set(input.scopes)],
          allowedNetworks: [...new Set(input.allowedNetworks)],
          digest: yield* secrets.digest(secret),
          previousDigest: undefined,
          previousUntil: undefined,
          createdAt: now,
          issuedAt: now,
          expiresAt,
          lastUsedAt: undefined
        })
        yield* store.insert({ apiKey, commit: yield* trail.commit({ action: "api-key.created", apiKeyId: id }) })
        return { apiKey, secret }
      })

      const list = Effect.fn("ApiKeys.list")((page: PageRequest) =>
        loadPage(signer, {
          name: "api-keys",
          position: ApiKeyId,
          load: (limit, after) => directory.listApiKeys({ limit, after })
        }, page)
      )

      const get = Effect.fnUntraced(function*(id: ApiKeyId) {
        const found = yield* store.find(id)
        return Option.isNone(found) ? yield* new ApiKeyNotFound() : found.value
      })

      const roll = Effect.fn("ApiKeys.roll")(function*(id: ApiKeyId, keepOldFor: Duration.Duration) {
        const old = yield* get(id)
        yield* coversAllOf(old)
        const now = yield* DateTime.now
        const lifetime = Duration.min(DateTime.distance(old.issuedAt, old.expiresAt), maxLifetime)
        const secret = yield* secrets.make(id)
        const rolled = yield* store.roll({
          id,
          digest: yield* secrets.digest(secret),
          issuedAt: now,
          expiresAt: DateTime.addDuration(now, lifetime),
          previousUntil: DateTime.min(old.expiresAt, DateTime.addDuration(now, keepOldFor)),
          commit: yield* trail.commit({ action: "api-key.rolled", apiKeyId: id })
        })
        if (Option.isNone(rolled)) return yield* new ApiKeyNotFound()
        return { apiKey: rolled.value, secret }
      })

      const revoke = Effect.fn("ApiKeys.revoke")(function*(id: ApiKeyId) {
        yield* coversAllOf(yield* get(id))
        const commit = yield* trail.commit({ action: "api-key.revoked", apiKeyId: id })
        if (!(yield* store.remove({ id, commit }))) return yield* new ApiKeyNotFound()
      })

      return ApiKeys.of({ create, list, roll, revoke })
    })
  )
}

/** Fails if the caller acts by a key that can't do everything that this one can, wherever that is. */
const coversAllOf = Effect.fnUntraced(
  function*({ allowedNetworks, scopes }: Pick<ApiKey, "allowedNetworks" | "scopes">) {
    const { apiKey } = yield* Caller
    if (apiKey === undefined) return
    const missing = scopes.filter((wanted) => !apiKey.scopes.includes(wanted))
    if (Array.isArrayNonEmpty(missing)) return yield* new ScopeMissing({ scopes: missing })
    if (!areWithin(allowedNetworks, apiKey.allowedNetworks)) return yield* new NetworksTooWide()
  }
)
