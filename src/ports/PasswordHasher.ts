/**
 * Slow, salted, self-describing password hashes.
 *
 * A hash is a PHC string: algorithm, parameters and salt travel with it, so parameters may change while old hashes
 * still verify. Both operations cost tens of milliseconds of a core and megabytes by design; the implementation bounds
 * how many run at once and refuses at once, with `HashingOverloaded`, what it can't queue: more than it can hold, or
 * what would wait for more than about a second. A caller that is interrupted while waiting leaves the queue.
 *
 * What waits is shared between those on whose behalf it was asked for, the `HashRequester`. Networks take turns, so
 * somebody from another network is not kept waiting by how much one network asks for. One network holds at most a
 * quarter of the places. Of one account at most two hashes are in line or at work, and what comes beyond waits for
 * these. Whoever is not named has no share and is bound by the whole queue alone.
 */
import { Context } from "effect"
import type { Effect } from "effect"
import type { HashingOverloaded } from "../domain/model/IdentityErrors.ts"
import type { Password, PasswordHash } from "../domain/model/Password.ts"

/** On whose behalf a hash is asked for. Any text that is the same for the same requester will do. */
export interface HashRequester {
  readonly network: string | undefined
  /** Named alike whether there is such an account, or refusals would tell. */
  readonly account: string | undefined
}

export const HashRequester = Context.Reference<HashRequester>("identityd/ports/PasswordHasher/HashRequester", {
  defaultValue: () => ({ network: undefined, account: undefined })
})

export class PasswordHasher extends Context.Service<PasswordHasher, {
  /** Hashes with the current parameters and a fresh salt, so no two hashes are alike. */
  readonly hash: (password: Password) => Effect.Effect<PasswordHash, HashingOverloaded>

  /** Whether the password was the one hashed, whatever parameters the hash carries and whichever system made it. */
  readonly verify: (password: Password, hash: PasswordHash) => Effect.Effect<boolean, HashingOverloaded>

  /**
   * Fails at once if a hash that is asked for now would be refused. Otherwise it runs `use`, which has something to do
   * before it hashes. If a place is free, it is held for the first hash in `use`, which is then not refused any more.
   * While others of the same network or account wait already, nobody without a place is let in, so what they do is not
   * in vain.
   */
  readonly holdPlace: <A, E, R>(use: Effect.Effect<A, E, R>) => Effect.Effect<A, E | HashingOverloaded, R>

  /** Whether a hash was made in another way than new ones are. */
  readonly needsRehash: (hash: PasswordHash) => boolean

  /**
   * A hash with the current parameters that no password verifies against. Verifying against it costs the same as
   * against any other, which hides whether an account exists (ASVS 6.3.8).
   */
  readonly decoy: PasswordHash
}>()("identityd/ports/PasswordHasher") {}
