/**
 * The native code that computes argon2, injected so that the fastest one a machine can load does the work.
 *
 * Every engine reads every other's hashes. Work happens off the event loop and can't be stopped once begun, not even by
 * interruption. An engine neither queues nor bounds it; `HashAdmission` does.
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

/** A key of argon2's own (the secret value K of RFC 9106 §3.1), without which the tag can't be computed. */
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
   * Whether the argon2 hash, a well-formed PHC string, is that of the password under this pepper. A keyid in it says
   * nothing to an engine. Compares in constant time.
   */
  readonly verify: (password: Password, hash: PasswordHash, pepper?: Pepper) => Effect.Effect<boolean>
}>()("identityd/adapters/crypto/PasswordHashEngine") {}
