/**
 * Hashes passwords with argon2id (RFC 9106). An injected engine computes the hashes, and `HashAdmission` admits them.
 *
 * The composition chooses the parameters. A stored hash is verified with its own, and `needsRehash` says when they
 * aren't current any more (ASVS 11.4.2). Hashes of other systems verify too and always need a new one.
 *
 * Peppers are optional keys outside the database. With them, nobody can try passwords against a stolen copy of the
 * database. The first one is used for new hashes, and all verify. They are argon2's own secret parameter, and a hash
 * names its pepper, so a pepper can be replaced while people sign in. A hash without a pepper still verifies, so
 * peppers don't protect against an attacker who can write to the database.
 */
import { Effect, Layer, Option, Result, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { PasswordHash } from "../../domain/model/Password.ts"
import type { Password } from "../../domain/model/Password.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { argon2Problem, formatArgon2Hash, parseArgon2Hash, withPepperId } from "./Argon2Hash.ts"
import { foreignVerification } from "./ForeignHashes.ts"
import { makeHashAdmission } from "./HashAdmission.ts"
import type { KeyRing } from "./KeyRing.ts"
import { LEAST_COST, PasswordHashEngine, TAG_LENGTH } from "./PasswordHashEngine.ts"
import type { Argon2Parameters } from "./PasswordHashEngine.ts"

export interface Argon2Options extends Argon2Parameters {
  /**
   * How many hashes may run at once at any time. Each takes `memoryKib` of memory and, while it runs, `parallelism`
   * cores.
   */
  readonly concurrency: number
  /** How many more may run while no session is verified. None by default. */
  readonly borrowed?: number
  /** The most hashes that wait in line; further ones are refused. By default about a second of work. */
  readonly queueMax?: number
  /** The first one is current. Without any, hashes have no pepper. */
  readonly peppers?: KeyRing | undefined
}

/**
 * The store holds a hash that we can't verify. This is a defect rather than a wrong password: otherwise the account
 * could never be signed in to again, and nobody would learn why.
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
      const { borrowed = 0, concurrency, queueMax = concurrency * queueMaxPerSlot(options) } = options
      const { admit, holdPlace } = yield* makeHashAdmission({
        borrowed,
        concurrency,
        queueMax,
        secondsExpected: secondsExpected(options)
      })

      const pepper = options.peppers?.[0]
      const pepperOf = new Map(options.peppers?.map(({ id, secret }) => [id, secret]))
      const named = (hash: PasswordHash) => pepper === undefined ? hash : withPepperId(hash, pepper.id)

      const hash = Effect.fn("PasswordHasher.hash")(function*(password: Password) {
        const salt = yield* random.randomBytes(SALT_LENGTH)
        return named(yield* admit(engine.hash(password, salt, options, pepper?.secret)))
      })

      // A missing pepper is logged for operators. For callers the password is wrong, after the same time as any other:
      // an error would reveal which emails have an account.
      const verifyPeppered = Effect.fnUntraced(function*(password: Password, hash: PasswordHash, pepperId: string) {
        const secret = pepperOf.get(pepperId)
        const matches = yield* admit(engine.verify(password, hash, secret))
        if (secret !== undefined) return matches
        yield* Effect.logError("A password hash needs a pepper that is not configured, so no password verifies").pipe(
          Effect.annotateLogs({ "pepper.id": pepperId })
        )
        return false
      })

      const verify = Effect.fn("PasswordHasher.verify")(function*(password: Password, hash: PasswordHash) {
        const made = parseArgon2Hash(hash)
        if (Option.isSome(made)) {
          const { pepperId } = made.value
          return yield* pepperId === undefined
            ? admit(engine.verify(password, hash))
            : verifyPeppered(password, hash, pepperId)
        }
        const foreign = foreignVerification(hash)
        if (Result.isFailure(foreign)) return yield* Effect.die(new UnsupportedPasswordHash())
        // Some of these take microseconds. Without the decoy, a quick refusal would reveal an account (ASVS 6.3.8).
        const decoyed = Effect.andThen(engine.verify(password, decoy, pepper?.secret), foreign.success(password))
        return yield* admit(decoyed)
      })

      const examine = (text: string): Result.Result<PasswordHash, string> => {
        const hash = PasswordHash.make(text)
        const made = parseArgon2Hash(hash)
        if (Option.isNone(made)) return Result.map(foreignVerification(hash), () => hash)
        const { pepperId } = made.value
        const problem = pepperId !== undefined && !pepperOf.has(pepperId)
          ? `needs the pepper ${pepperId}, which is not configured`
          : argon2Problem(made.value)
        return problem === undefined ? Result.succeed(hash) : Result.fail(problem)
      }

      const needsRehash = (hash: PasswordHash): boolean =>
        Option.match(parseArgon2Hash(hash), {
          onNone: () => true,
          onSome: (made) =>
            made.algorithm !== "argon2id" || made.version !== 19 || made.memoryKib !== options.memoryKib ||
            made.timeCost !== options.timeCost || made.parallelism !== options.parallelism ||
            made.saltLength !== SALT_LENGTH || made.tagLength !== TAG_LENGTH || made.pepperId !== pepper?.id
        })

      // The tag is random, so no password matches it, and the start doesn't have to compute a hash.
      const decoy = named(
        formatArgon2Hash(options, yield* random.randomBytes(SALT_LENGTH), yield* random.randomBytes(TAG_LENGTH))
      )

      return PasswordHasher.of({ hash, verify, examine, holdPlace, needsRehash, decoy })
    })
  )

/** Bytes of salt. RFC 9106 §3.1 recommends 16 for passwords. */
const SALT_LENGTH = 16

/**
 * The estimated cost of one hash on a common machine, in seconds. With the least parameters it takes 12 ms, or 20 ms on
 * the slower engine. The cost grows in proportion to memory and passes.
 */
const secondsExpected = ({ memoryKib, timeCost }: Argon2Parameters): number =>
  memoryKib * timeCost / (LEAST_COST.memoryKib * LEAST_COST.timeCost) / 64

/**
 * How many hashes may wait for each slot: about a second of work. `HashAdmission` bounds the time more exactly. This
 * bounds the memory of waiting requests.
 */
const queueMaxPerSlot = (parameters: Argon2Parameters): number =>
  Math.max(4, Math.min(64, Math.floor(1 / secondsExpected(parameters))))
