/**
 * Password hashes with argon2id (RFC 9106), computed by an injected engine and admitted by `HashAdmission`.
 *
 * The parameters are those of the composition. A stored hash is verified with its own, and `needsRehash` says when they
 * are not the current ones any more (ASVS 11.4.2). Other systems' hashes verify too and always need a new one.
 *
 * Peppers, if there are any, are keys outside the database: with a copy of it alone nobody can try passwords. The first
 * one is used for new hashes and all of them verify. They are argon2's own secret parameter, and a hash names its
 * pepper, so a pepper can be replaced while people sign in. A hash without a pepper still verifies; whoever can write
 * to the database can put one there, and nothing but that right keeps them out.
 */
import { Effect, Layer, Option, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Password, PasswordHash } from "../../domain/model/Password.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { formatArgon2Hash, parseArgon2Hash, withPepperId } from "./Argon2Hash.ts"
import { foreignVerification } from "./ForeignHashes.ts"
import { makeHashAdmission } from "./HashAdmission.ts"
import type { KeyRing } from "./KeyRing.ts"
import { PasswordHashEngine, TAG_LENGTH } from "./PasswordHashEngine.ts"
import type { Argon2Parameters } from "./PasswordHashEngine.ts"

export interface Argon2Options extends Argon2Parameters {
  /** The most hashes at once. Each takes `memoryKib` of memory and, while it runs, `parallelism` cores. */
  readonly concurrency: number
  /** The most hashes that wait in line; what comes beyond is refused. About a second of work unless given. */
  readonly queueMax?: number
  /** The first one is current. None: hashes are made without. */
  readonly peppers?: KeyRing | undefined
}

/**
 * The store holds something that is no hash anybody here can verify. A defect and not a wrong password: nobody could
 * ever sign in to the account again, and no one would learn why.
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
      const { admit, holdPlace } = yield* makeHashAdmission({
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

      // A pepper that is gone is told to operators and hidden from callers: to them, and to a clock, the password is
      // wrong. An error would say which emails have an account.
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
        if (Option.isNone(foreign)) return yield* Effect.die(new UnsupportedPasswordHash())
        return yield* admit(foreign.value(password))
      })

      const needsRehash = (hash: PasswordHash): boolean =>
        Option.match(parseArgon2Hash(hash), {
          onNone: () => true,
          onSome: (made) =>
            made.algorithm !== "argon2id" || made.version !== 19 || made.memoryKib !== options.memoryKib ||
            made.timeCost !== options.timeCost || made.parallelism !== options.parallelism ||
            made.saltLength !== SALT_LENGTH || made.tagLength !== TAG_LENGTH || made.pepperId !== pepper?.id
        })

      // Nobody computed this tag from a password, so none leads to it, and the start is spared a hash.
      const decoy = named(
        formatArgon2Hash(options, yield* random.randomBytes(SALT_LENGTH), yield* random.randomBytes(TAG_LENGTH))
      )

      return PasswordHasher.of({ hash, verify, holdPlace, needsRehash, decoy })
    })
  )

/** Bytes of salt: RFC 9106 §3.1 recommends 16 for passwords. */
const SALT_LENGTH = 16

/**
 * What one hash costs on a common machine, in seconds: at the least parameters 12 ms, 20 ms on the slower engine, and
 * in proportion to the memory that costlier ones pass over.
 */
const secondsExpected = ({ memoryKib, timeCost }: Argon2Parameters): number => memoryKib * timeCost / (19_456 * 2) / 64

/**
 * How many hashes may wait for one slot: as many as it works off in about a second. `HashAdmission` bounds the time
 * more exactly; this bounds the memory of those who wait.
 */
const queueMaxPerSlot = (parameters: Argon2Parameters): number =>
  Math.max(4, Math.min(64, Math.floor(1 / secondsExpected(parameters))))
