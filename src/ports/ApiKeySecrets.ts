/**
 * The secrets of API keys. Only their digests are stored. A digest needs neither salt nor slowness, because nobody can
 * guess 256 random bits (ASVS 6.5.4).
 */
import { Context } from "effect"
import type { Effect } from "effect"
import type { ApiKeyId, ApiKeySecret } from "../domain/model/ApiKey.ts"

export class ApiKeySecrets extends Context.Service<ApiKeySecrets, {
  /** The text of a key with this id and 256 bits from a cryptographically secure source. */
  readonly make: (id: ApiKeyId) => Effect.Effect<ApiKeySecret>

  /** The SHA-256 of the whole text, in base64url. */
  readonly digest: (secret: ApiKeySecret) => Effect.Effect<string>

  /** Whether two digests are equal, in a time that doesn't depend on where they differ (ASVS 11.2.4). */
  readonly areEqual: (one: string, other: string) => boolean
}>()("identityd/ports/ApiKeySecrets") {}
