/**
 * Durable API keys, with the promises of `AccountStore`: every operation is atomic and linearizable, and carries out
 * its `Commit` in the same step. `Directory` lists them.
 */
import { Context } from "effect"
import type { DateTime, Effect, Option } from "effect"
import type { ApiKey, ApiKeyId } from "../domain/model/ApiKey.ts"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"
import type { UnconditionalCommit } from "./Commit.ts"

export interface ApiKeyRoll {
  readonly id: ApiKeyId
  /** The digest of the new secret. The one that the key has at that moment becomes the previous one. */
  readonly digest: string
  readonly issuedAt: DateTime.Utc
  readonly expiresAt: DateTime.Utc
  readonly previousUntil: DateTime.Utc
  readonly commit: UnconditionalCommit
}

export class ApiKeyStore extends Context.Service<ApiKeyStore, {
  /** Saves a key whose id nobody has. */
  readonly insert: (insertion: {
    readonly apiKey: ApiKey
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<void, StoreUnavailable>

  /** A key that exists, expired or not. */
  readonly find: (id: ApiKeyId) => Effect.Effect<Option.Option<ApiKey>, StoreUnavailable>

  /**
   * Gives a key a new secret and returns the changed key; `None` if there is none. Of several at the same time, the
   * last one's secret is the present one and the last but one's is the previous one.
   */
  readonly roll: (roll: ApiKeyRoll) => Effect.Effect<Option.Option<ApiKey>, StoreUnavailable>

  /** Notes that a key was used, unless a use after `unlessUsedSince` is noted. */
  readonly noteUse: (use: {
    readonly id: ApiKeyId
    readonly lastUsedAt: DateTime.Utc
    readonly unlessUsedSince: DateTime.Utc
  }) => Effect.Effect<void, StoreUnavailable>

  /** Removes a key. Returns whether there was one; if not, nothing is recorded. */
  readonly remove: (removal: {
    readonly id: ApiKeyId
    readonly commit: UnconditionalCommit
  }) => Effect.Effect<boolean, StoreUnavailable>
}>()("identityd/ports/ApiKeyStore") {}
