/**
 * Slow, salted, self-describing password hashes.
 *
 * A hash is a PHC string: it contains its algorithm, parameters and salt, so parameters may change while old hashes
 * still verify. Hashing and verifying cost tens of milliseconds of a core and megabytes of memory by design. The
 * implementation bounds how many run at once. It refuses at once, with `HashingOverloaded`, any hash beyond the
 * capacity of its queue and any that would wait for more than about a second. A caller that is interrupted while
 * waiting leaves the queue.
 *
 * Requesters (`HashRequester`) share the queue. Networks take turns, so one network's requests don't delay those of
 * another. One network holds at most a quarter of the places. One account has at most two hashes waiting or running;
 * further ones wait for these. A hash without a requester is limited only by the whole queue.
 */
import { Context } from "effect"
import type { Effect, Result } from "effect"
import type { HashingOverloaded } from "../domain/model/IdentityErrors.ts"
import type { Password, PasswordHash } from "../domain/model/Password.ts"

/** The party that a hash is made for. Any text will do that is always the same for the same requester. */
export interface HashRequester {
  readonly network: string | undefined
  /** Made in the same way whether or not the account exists, because refusals would otherwise reveal it. */
  readonly account: string | undefined
}

export const HashRequester = Context.Reference<HashRequester>("identityd/ports/PasswordHasher/HashRequester", {
  defaultValue: () => ({ network: undefined, account: undefined })
})

/**
 * How many sessions this process has verified. Hashing may borrow cores that are kept free for that only while the
 * number stands still.
 */
export const VerifiedSessions = Context.Reference<{ count: number }>(
  "identityd/ports/PasswordHasher/VerifiedSessions",
  { defaultValue: () => ({ count: 0 }) }
)

export class PasswordHasher extends Context.Service<PasswordHasher, {
  /** Hashes with the current parameters and a fresh salt, so no two hashes are alike. */
  readonly hash: (password: Password) => Effect.Effect<PasswordHash, HashingOverloaded>

  /** Whether the hash was made from this password, with any parameters and by any system. */
  readonly verify: (password: Password, hash: PasswordHash) => Effect.Effect<boolean, HashingOverloaded>

  /**
   * Accepts a hash that `verify` can verify within bounded time and memory. Otherwise says why not, worded to follow
   * the name of the hash, and without any part of it. Doesn't prove that any password matches.
   */
  readonly examine: (hash: string) => Result.Result<PasswordHash, string>

  /**
   * Fails at once if a hash would be refused now. Otherwise runs `use`, which does other work before it hashes. If a
   * place in the queue is free, it is held for the first hash in `use`, which then can't be refused. While others of
   * the same network or account are waiting, nobody without a place is let in, so their work isn't wasted.
   */
  readonly holdPlace: <A, E, R>(use: Effect.Effect<A, E, R>) => Effect.Effect<A, E | HashingOverloaded, R>

  /** Whether new hashes are made with another algorithm or other parameters than this one. */
  readonly needsRehash: (hash: PasswordHash) => boolean

  /**
   * A hash with the current parameters that no password matches. Verifying it costs the same as any other, which hides
   * whether an account exists (ASVS 6.3.8).
   */
  readonly decoy: PasswordHash
}>()("identityd/ports/PasswordHasher") {}
