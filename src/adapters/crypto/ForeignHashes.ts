/**
 * Verifies password hashes of other systems, so that accounts can move here with their passwords: bcrypt, and scrypt
 * and PBKDF2 in the formats of passlib, PHC, Django and Werkzeug. A sign-in replaces such a hash with an argon2id hash.
 *
 * Such hashes come from an import, not from callers. Their costs are bounded all the same: after a mistaken import,
 * signing in to that account is a defect, rather than taking minutes or gigabytes. The work runs off the event loop,
 * and tags are compared in constant time.
 */
import { Effect, Option, Redacted } from "effect"
import { pbkdf2, scrypt, timingSafeEqual } from "node:crypto"
import type { Password, PasswordHash } from "../../domain/model/Password.ts"

/** Whether a password matches the hash. */
type HashVerification = (password: Password) => Effect.Effect<boolean>

/** `None` for an unknown format, and for costs out of bounds. */
export const foreignVerification = (hash: PasswordHash): Option.Option<HashVerification> =>
  Option.firstSomeOf(FORMS.map(({ pattern, read }) => Option.flatMap(partsOf(pattern, hash), read)))

type Parts = Readonly<Record<string, string | undefined>>

interface Form {
  /** Matches in linear time, because no class contains the character that follows it. */
  readonly pattern: RegExp
  readonly read: (parts: Parts) => Option.Option<HashVerification>
}

const partsOf = (pattern: RegExp, hash: string): Option.Option<Parts> =>
  Option.fromNullishOr(pattern.exec(hash)?.groups)

/** 2^16 rounds take about four seconds. */
const BCRYPT_COST_MAX = 16

/**
 * bcrypt hashes only the first 72 bytes of a password. A longer password verifies by its beginning, as it did in the
 * other system, until the first sign-in here replaces the hash by one of the whole password. A password with a NUL
 * never verifies: bcrypt repeats the password with a final NUL, so `a` and `a\0a` have the same hash (ASVS 6.2.8).
 */
const readBcrypt = ({ hash = "", cost }: Parts): Option.Option<HashVerification> =>
  Number(cost) < 4 || Number(cost) > BCRYPT_COST_MAX ?
    Option.none() :
    Option.some((password) =>
      Effect.promise(() => import("@node-rs/bcrypt")).pipe(
        Effect.flatMap((bcrypt) => Effect.promise(() => bcrypt.verify(Redacted.value(password), hash))),
        Effect.map((matches) => matches && !Redacted.value(password).includes("\0"))
      )
    )

/** Twice the memory of the most expensive parameters that OWASP recommends. Like OpenSSL, we count all buffers. */
const SCRYPT_BYTES_MAX = 256 * 1024 * 1024

const SCRYPT_PARALLELIZATION_MAX = 16

const readScrypt = (decoded: (parts: Parts) => Derived) => (parts: Parts): Option.Option<HashVerification> => {
  const { salt, tag } = decoded(parts)
  const cost = parts["log"] === undefined ? Number(parts["cost"]) : 2 ** Number(parts["log"])
  const [blockSize, parallelization] = [Number(parts["block"]), Number(parts["lanes"])]
  const isSensible = cost > 1 && Number.isInteger(Math.log2(cost)) && blockSize > 0
    && 128 * blockSize * (cost + parallelization + 2) <= SCRYPT_BYTES_MAX
    && parallelization > 0 && parallelization <= SCRYPT_PARALLELIZATION_MAX
  const options = { cost, blockSize, parallelization, maxmem: SCRYPT_BYTES_MAX }
  return isSensible
    ? verification(tag, (password, answer) => scrypt(password, salt, tag.length, options, answer))
    : Option.none()
}

/** Four times Django's default, about three seconds. */
const PBKDF2_ITERATIONS_MAX = 5_000_000

const readPbkdf2 = (decoded: (parts: Parts) => Derived) => (parts: Parts): Option.Option<HashVerification> => {
  const { salt, tag } = decoded(parts)
  const { digest = "" } = parts
  const iterations = Number(parts["iterations"])
  return iterations > 0 && iterations <= PBKDF2_ITERATIONS_MAX
    ? verification(tag, (password, answer) => pbkdf2(password, salt, iterations, tag.length, digest, answer))
    : Option.none()
}

interface Derived {
  readonly salt: Buffer
  readonly tag: Buffer
}

/** A shorter tag doesn't prove a password. These algorithms don't have longer ones in practice. */
const [TAG_LENGTH_MIN, TAG_LENGTH_MAX] = [16, 128]

type Derivation = (password: string, answer: (error: Error | null, derived: Buffer) => void) => void

const verification = (tag: Buffer, derive: Derivation): Option.Option<HashVerification> =>
  tag.length < TAG_LENGTH_MIN || tag.length > TAG_LENGTH_MAX ?
    Option.none() :
    Option.some((password) =>
      Effect.callback((resume) =>
        derive(
          Redacted.value(password),
          (error, derived) => resume(error === null ? Effect.succeed(timingSafeEqual(derived, tag)) : Effect.die(error))
        )
      )
    )

// The encodings of salts and tags in each format. Node reads base64 with and without padding.
const inBase64 = ({ salt = "", tag = "" }: Parts): Derived => ({
  salt: Buffer.from(salt, "base64"),
  tag: Buffer.from(tag, "base64")
})

/** passlib writes the plus of base64 as a dot. */
const inDottedBase64 = ({ salt = "", tag = "" }: Parts): Derived =>
  inBase64({ salt: salt.replaceAll(".", "+"), tag: tag.replaceAll(".", "+") })

const saltAsText = (encoding: "base64" | "hex") => ({ salt = "", tag = "" }: Parts): Derived => ({
  salt: Buffer.from(salt),
  tag: Buffer.from(tag, encoding)
})

const FORMS: ReadonlyArray<Form> = [
  {
    pattern: /^(?<hash>\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53})$/,
    read: readBcrypt
  },
  {
    pattern:
      /^\$scrypt\$ln=(?<log>\d{1,2}),r=(?<block>\d{1,9}),p=(?<lanes>\d{1,9})\$(?<salt>[A-Za-z0-9+/]+)\$(?<tag>[A-Za-z0-9+/]+)$/,
    read: readScrypt(inBase64)
  },
  {
    pattern:
      /^scrypt\$(?<cost>\d{1,9})\$(?<salt>[^$]+)\$(?<block>\d{1,9})\$(?<lanes>\d{1,9})\$(?<tag>[A-Za-z0-9+/]+={0,2})$/,
    read: readScrypt(saltAsText("base64"))
  },
  {
    pattern: /^scrypt:(?<cost>\d{1,9}):(?<block>\d{1,9}):(?<lanes>\d{1,9})\$(?<salt>[^$]+)\$(?<tag>[0-9a-f]+)$/,
    read: readScrypt(saltAsText("hex"))
  },
  {
    pattern:
      /^\$pbkdf2-(?<digest>sha256|sha512)\$(?<iterations>\d{1,9})\$(?<salt>[A-Za-z0-9./]+)\$(?<tag>[A-Za-z0-9./]+)$/,
    read: readPbkdf2(inDottedBase64)
  },
  {
    pattern:
      /^\$pbkdf2-(?<digest>sha256|sha512)\$i=(?<iterations>\d{1,9})(?:,l=\d{1,3})?\$(?<salt>[A-Za-z0-9+/]+)\$(?<tag>[A-Za-z0-9+/]+)$/,
    read: readPbkdf2(inBase64)
  },
  {
    pattern: /^pbkdf2_(?<digest>sha256)\$(?<iterations>\d{1,9})\$(?<salt>[^$]+)\$(?<tag>[A-Za-z0-9+/]+={0,2})$/,
    read: readPbkdf2(saltAsText("base64"))
  },
  {
    pattern: /^pbkdf2:(?<digest>sha256|sha512):(?<iterations>\d{1,9})\$(?<salt>[^$]+)\$(?<tag>[0-9a-f]+)$/,
    read: readPbkdf2(saltAsText("hex"))
  }
]
