/**
 * Password hashes with argon2id (RFC 9106), computed by an injected engine and admitted by `HashAdmission`.
 *
 * The parameters are those of the composition. A stored hash is verified with its own, and `needsRehash` says when they
 * are not the current ones any more (ASVS 11.4.2).
 */
import { Effect, Layer, Option, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Password, PasswordHash } from "../../domain/model/Password.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { formatArgon2Hash, parseArgon2Hash } from "./Argon2Hash.ts"
import { makeHashAdmission } from "./HashAdmission.ts"
import { PasswordHashEngine, TAG_LENGTH } from "./PasswordHashEngine.ts"
import type { Argon2Parameters } from "./PasswordHashEngine.ts"

export interface Argon2Options extends Argon2Parameters {
  /** The most hashes at once. Each takes `memoryKib` of memory and, while it runs, `parallelism` cores. */
  readonly concurrency: number
  /** The most hashes that wait their turn; what comes beyond is refused. About a second of work unless given. */
  readonly queueMax?: number
}

/**
 * The store holds something that is no argon2 hash. A defect and not a wrong password: nobody could ever sign in to
 * the account again, and no one would learn why.
 */
export class UnsupportedPasswordHash extends Schema.TaggedError<UnsupportedPasswordHash>()(
  "UnsupportedPasswordHash",
  {}
) {}

export const layer = (options: Argon2Options) =>
  Layer.effect(
    PasswordHasher,
    Effect.gen(function*() {
      const engine = yield* PasswordHashEngine
      const random = yield* SecureRandom.SecureRandom
      const { concurrency, queueMax = concurrency * queueMaxPerSlot(options) } = options
      const admit = yield* makeHashAdmission({ concurrency, queueMax })

      const hash = Effect.fn("PasswordHasher.hash")(function*(password: Password) {
        const salt = yield* random.randomBytes(SALT_LENGTH)
        return yield* admit(engine.hash(password, salt, options))
      })

      const verify = Effect.fn("PasswordHasher.verify")(function*(password: Password, hash: PasswordHash) {
        if (Option.isNone(parseArgon2Hash(hash))) return yield* Effect.die(new UnsupportedPasswordHash())
        return yield* admit(engine.verify(password, hash))
      })

      const needsRehash = (hash: PasswordHash): boolean =>
        Option.match(parseArgon2Hash(hash), {
          onNone: () => true,
          onSome: (made) =>
            made.algorithm !== "argon2id" || made.version !== 19 || made.memoryKib !== options.memoryKib ||
            made.timeCost !== options.timeCost || made.parallelism !== options.parallelism ||
            made.saltLength !== SALT_LENGTH || made.tagLength !== TAG_LENGTH
        })

      // Nobody computed this tag from a password, so none leads to it, and the start is spared a hash.
      const decoy = formatArgon2Hash(
        options,
        yield* random.randomBytes(SALT_LENGTH),
        yield* random.randomBytes(TAG_LENGTH)
      )

      return PasswordHasher.of({ hash, verify, needsRehash, decoy })
    })
  )

/** Bytes of salt: RFC 9106 §3.1 recommends 16 for passwords. */
const SALT_LENGTH = 16

/**
 * How many hashes may wait for one slot: as many as it works off in about a second, by which time a person still waits
 * and a client has not timed out. 64 hashes at the least parameters take that long (12 ms each, 20 ms on the slower
 * engine); costlier ones take longer in proportion to the memory they pass over, so fewer of them may wait.
 */
const queueMaxPerSlot = ({ memoryKib, timeCost }: Argon2Parameters): number =>
  Math.max(4, Math.min(64, Math.floor(64 * 19_456 * 2 / (memoryKib * timeCost))))
