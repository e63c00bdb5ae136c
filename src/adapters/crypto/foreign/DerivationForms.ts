/**
 * scrypt and PBKDF2 in the formats of passlib, PHC, Django, Werkzeug, Firebase and ASP.NET Identity.
 *
 * `$scrypt-nfkc$` is scrypt of the password in NFKC, as Better Auth computes it. `$firescrypt$` is Firebase's, in the
 * format of Ory Kratos: salt, hash, salt separator and signer key.
 */
import { Option, Result } from "effect"
import { createCipheriv, pbkdf2, scrypt } from "node:crypto"
import { derivation, inTurn, tooCostly } from "./HashForm.ts"
import type { Derivation, HashForm, HashReading, Parts } from "./HashForm.ts"

/** Twice the memory of the most expensive parameters that OWASP recommends. Like OpenSSL, we count all buffers. */
const SCRYPT_BYTES_MAX = 256 * 1024 * 1024

const SCRYPT_PARALLELIZATION_MAX = 16

type ScryptOptions = { readonly cost: number; readonly blockSize: number; readonly parallelization: number }

const readScrypt = (parts: Parts, use: (options: ScryptOptions & { readonly maxmem: number }) => HashReading) => {
  const cost = parts["log"] === undefined ? Number(parts["cost"]) : 2 ** Number(parts["log"])
  const [blockSize, parallelization] = [Number(parts["block"]), Number(parts["lanes"])]
  if (!(cost > 1 && Number.isInteger(Math.log2(cost)) && blockSize > 0 && parallelization > 0)) {
    return Result.fail("must be scrypt with a cost that is a power of two, a block size and a parallelization")
  }
  if (128 * blockSize * (cost + parallelization + 2) > SCRYPT_BYTES_MAX) {
    return tooCostly("scrypt with more than 256 MiB of memory")
  }
  if (parallelization > SCRYPT_PARALLELIZATION_MAX) {
    return tooCostly(`scrypt with a parallelization above ${SCRYPT_PARALLELIZATION_MAX}`)
  }
  return use({ cost, blockSize, parallelization, maxmem: SCRYPT_BYTES_MAX })
}

const scryptOf =
  (decoded: (parts: Parts) => Derived, textOf: (password: string) => string = (text) => text) => (parts: Parts) =>
    readScrypt(parts, (options) => {
      const { salt, tag } = decoded(parts)
      return derivation(tag, (password, answer) => scrypt(textOf(password), salt, tag.length, options, answer))
    })

/** The signer key, encrypted with a key that scrypt derives from the password. */
const readFirebase = (parts: Parts): HashReading =>
  readScrypt(parts, (options) => {
    const { salt, tag } = inBase64(parts)
    const [separator, signer] = [parts["separator"], parts["signer"]].map((text = "") => Buffer.from(text, "base64"))
    if (separator === undefined || signer?.length !== tag.length) {
      return Result.fail("must be as long as its signer key")
    }
    const derive: Derivation = (password, answer) =>
      scrypt(password, Buffer.concat([salt, separator]), 32, options, (error, key) =>
        answer(error, error === null ? createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(signer) : key))
    return derivation(tag, derive)
  })

/** Four times Django's default, about three seconds. */
const PBKDF2_ITERATIONS_MAX = 5_000_000

const readPbkdf2 = ({ salt, tag }: Derived, digest: string, iterations: number): HashReading => {
  if (iterations > PBKDF2_ITERATIONS_MAX) {
    return tooCostly(`PBKDF2 with ${iterations} iterations, and at most ${PBKDF2_ITERATIONS_MAX} are accepted`)
  }
  return iterations > 0
    ? derivation(tag, (password, answer) => pbkdf2(password, salt, iterations, tag.length, digest, answer))
    : Result.fail("must be PBKDF2 with at least one iteration")
}

const pbkdf2Of = (decoded: (parts: Parts) => Derived) => (parts: Parts) =>
  readPbkdf2(decoded(parts), parts["digest"] || "sha1", Number(parts["iterations"]))

/** The numbers that stand for digests in version 3 of ASP.NET Identity. */
const ASPNET_DIGESTS = ["sha1", "sha256", "sha512"]

/** Version 2: a zero, 16 bytes of salt, 32 of tag. */
const readAspNet2 = ({ blob = "" }: Parts): HashReading => {
  const bytes = Buffer.from(blob, "base64")
  return readPbkdf2({ salt: bytes.subarray(1, 17), tag: bytes.subarray(17) }, "sha1", 1000)
}

/** Version 3: a one, the digest, the iterations, the length of the salt, salt, tag. */
const readAspNet3 = ({ blob = "" }: Parts): HashReading => {
  const bytes = Buffer.from(blob, "base64")
  const saltEnd = 13 + bytes.readUInt32BE(9)
  const digest = Option.fromNullishOr(ASPNET_DIGESTS[bytes.readUInt32BE(1)])
  if (Option.isNone(digest) || saltEnd === 13 || saltEnd > bytes.length) {
    return Result.fail("must be made by version 3 of ASP.NET Identity")
  }
  return readPbkdf2(
    { salt: bytes.subarray(13, saltEnd), tag: bytes.subarray(saltEnd) },
    digest.value,
    bytes.readUInt32BE(5)
  )
}

interface Derived {
  readonly salt: Buffer
  readonly tag: Buffer
}

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

const SCRYPT_COSTS = /ln=(?<log>\d{1,2}),r=(?<block>\d{1,9}),p=(?<lanes>\d{1,9})/
const SALT_AND_TAG = /\$(?<salt>[A-Za-z0-9+/]+)\$(?<tag>[A-Za-z0-9+/]+)$/

export const DERIVATION_FORMS: ReadonlyArray<HashForm> = [
  {
    pattern: inTurn(/^\$scrypt\$/, SCRYPT_COSTS, SALT_AND_TAG),
    read: scryptOf(inBase64)
  },
  {
    pattern: inTurn(/^\$scrypt-nfkc\$/, SCRYPT_COSTS, SALT_AND_TAG),
    read: scryptOf(inBase64, (password) => password.normalize("NFKC"))
  },
  {
    pattern:
      /^scrypt\$(?<cost>\d{1,9})\$(?<salt>[^$]+)\$(?<block>\d{1,9})\$(?<lanes>\d{1,9})\$(?<tag>[A-Za-z0-9+/]+={0,2})$/,
    read: scryptOf(saltAsText("base64"))
  },
  {
    pattern: /^scrypt:(?<cost>\d{1,9}):(?<block>\d{1,9}):(?<lanes>\d{1,9})\$(?<salt>[^$]+)\$(?<tag>[0-9a-f]+)$/,
    read: scryptOf(saltAsText("hex"))
  },
  {
    pattern: inTurn(
      /^\$firescrypt\$/,
      SCRYPT_COSTS,
      /\$(?<salt>[A-Za-z0-9+/_-]+={0,2})\$(?<tag>[A-Za-z0-9+/_-]+={0,2})/,
      /\$(?<separator>[A-Za-z0-9+/_-]*={0,2})\$(?<signer>[A-Za-z0-9+/_-]+={0,2})$/
    ),
    read: readFirebase
  },
  {
    pattern: inTurn(
      /^\$pbkdf2(?:-(?<digest>sha1|sha256|sha512))?\$(?<iterations>\d{1,9})/,
      /\$(?<salt>[A-Za-z0-9./]+)\$(?<tag>[A-Za-z0-9./]+)$/
    ),
    read: pbkdf2Of(inDottedBase64)
  },
  {
    pattern: inTurn(
      /^\$pbkdf2-(?<digest>sha1|sha256|sha512)\$i=(?<iterations>\d{1,9})(?:,l=\d{1,3})?/,
      SALT_AND_TAG
    ),
    read: pbkdf2Of(inBase64)
  },
  {
    pattern: /^pbkdf2_(?<digest>sha1|sha256)\$(?<iterations>\d{1,9})\$(?<salt>[^$]+)\$(?<tag>[A-Za-z0-9+/]+={0,2})$/,
    read: pbkdf2Of(saltAsText("base64"))
  },
  {
    pattern: /^pbkdf2:(?<digest>sha1|sha256|sha512):(?<iterations>\d{1,9})\$(?<salt>[^$]+)\$(?<tag>[0-9a-f]+)$/,
    read: pbkdf2Of(saltAsText("hex"))
  },
  // The second character has two bits of the zero and four of the salt.
  { pattern: /^(?<blob>A[A-P][A-Za-z0-9+/]{64}==)$/, read: readAspNet2 },
  { pattern: /^(?<blob>AQAAAA[A-Za-z0-9+/]{48,340}={0,2})$/, read: readAspNet3 }
]
