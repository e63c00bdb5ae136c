/**
 * Slow, salted, self-describing password hashes.
 *
 * A hash is a PHC string: algorithm, parameters and salt travel with it, so parameters may change while old hashes
 * still verify. Both operations cost tens of milliseconds of a core and megabytes by design; the implementation bounds
 * how many run at once and refuses with `HashingOverloaded` what it can't queue. A caller that is interrupted while
 * waiting leaves the queue.
 */
import { Context } from "effect"
import type { Effect } from "effect"
import type { HashingOverloaded } from "../domain/model/IdentityErrors.ts"
import type { Password, PasswordHash } from "../domain/model/Password.ts"

export class PasswordHasher extends Context.Service<PasswordHasher, {
  /** Hashes with the current parameters and a fresh salt, so no two hashes are alike. */
  readonly hash: (password: Password) => Effect.Effect<PasswordHash, HashingOverloaded>

  /** Whether the password was the one hashed, whatever parameters the hash carries and whichever system made it. */
  readonly verify: (password: Password, hash: PasswordHash) => Effect.Effect<boolean, HashingOverloaded>

  /** Whether a hash was made in another way than new ones are. */
  readonly needsRehash: (hash: PasswordHash) => boolean

  /**
   * A hash with the current parameters that no password verifies against. Verifying against it costs the same as
   * against any other, which hides whether an account exists (ASVS 6.3.8).
   */
  readonly decoy: PasswordHash
}>()("identity/ports/PasswordHasher") {}
