/**
 * The native code that computes argon2. It is injected, so that each machine uses the fastest one it can load.
 *
 * Every engine verifies the hashes of the others. Work runs off the event loop and can't be stopped once begun, even by
 * interruption. `HashAdmission` queues and bounds the work; engines don't.
 */
import { Context } from "effect"
import type { Effect, Redacted } from "effect"
import type { Password, PasswordHash } from "../../domain/model/Password.ts"

/** The cost of one argon2id hash. */
export interface Argon2Parameters {
  readonly memoryKib: number
  readonly timeCost: number
  readonly parallelism: number
}

/** The least cost that is allowed, and the default (OWASP's minimum for argon2id). */
export const LEAST_COST: Argon2Parameters = { memoryKib: 19_456, timeCost: 2, parallelism: 1 }

/** The secret value K of argon2 (RFC 9106 §3.1). Without it nobody can compute the tag. */
export type Pepper = Redacted.Redacted<Uint8Array>

/** Bytes of the tag in a hash. */
export const TAG_LENGTH = 32

export class PasswordHashEngine extends Context.Service<PasswordHashEngine, {
  /** The argon2id hash (version 19, a tag of `TAG_LENGTH` bytes) as a PHC string. */
  readonly hash: (
    password: Password,
    salt: Uint8Array,
    parameters: Argon2Parameters,
    pepper?: Pepper
  ) => Effect.Effect<PasswordHash>

  /**
   * Whether the password and pepper match the hash, which must be a well-formed PHC string. Ignores its `keyid`.
   * Compares in constant time.
   */
  readonly verify: (password: Password, hash: PasswordHash, pepper?: Pepper) => Effect.Effect<boolean>
}>()("identityd/adapters/crypto/PasswordHashEngine") {}
