/**
 * The native code that computes argon2, injected so that the fastest one a machine can load does the work.
 *
 * Every engine reads every other's hashes. Work happens off the event loop and can't be stopped once begun, not even by
 * interruption. An engine neither queues nor bounds it; `HashAdmission` does.
 */
import { Context } from "effect"
import type { Effect } from "effect"
import type { Password, PasswordHash } from "../../domain/model/Password.ts"

/** The cost of one argon2id hash. */
export interface Argon2Parameters {
  readonly memoryKib: number
  readonly timeCost: number
  readonly parallelism: number
}

/** Bytes of the tag in a hash. */
export const TAG_LENGTH = 32

export class PasswordHashEngine extends Context.Service<PasswordHashEngine, {
  /** The argon2id hash (version 19, a tag of `TAG_LENGTH` bytes) as a PHC string. */
  readonly hash: (password: Password, salt: Uint8Array, parameters: Argon2Parameters) => Effect.Effect<PasswordHash>

  /** Whether the argon2 hash, a well-formed PHC string, is that of the password. Compares in constant time. */
  readonly verify: (password: Password, hash: PasswordHash) => Effect.Effect<boolean>
}>()("identity/adapters/crypto/PasswordHashEngine") {}
