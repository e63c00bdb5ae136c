/**
 * Digests that are repeated: crypt(3) with MD5, SHA-256 and SHA-512 (`$1$`, `$apr1$`, `$5$`, `$6$`), and phpass (`$P$`,
 * `$H$`), which WordPress and phpBB use.
 */
import { Effect, Redacted, Result } from "effect"
import { hash } from "node:crypto"
import { cryptBase64, cryptDigit, equalTo, inTurn, rounds, tooCostly } from "./HashForm.ts"
import type { HashForm, HashReading, Parts } from "./HashForm.ts"

type Digest = "md5" | "sha256" | "sha512"

const digestOf = (digest: Digest, ...parts: ReadonlyArray<Buffer>): Buffer =>
  hash(digest, Buffer.concat(parts), "buffer")

/** The first bytes of as many copies as are needed. */
const repeated = (bytes: Buffer, length: number): Buffer => Buffer.alloc(length, bytes)

/** The bits of a length, from the least significant. */
const bitsOf = (length: number): ReadonlyArray<boolean> =>
  length === 0 ? [] : Array.from(length.toString(2), (bit) => bit === "1").toReversed()

/** The rounds that all of them share: what is digested depends on the number of the round. */
const mixed = (digest: Digest, times: number, start: Buffer, password: Buffer, salt: Buffer) =>
  rounds(times, start, (value, round) =>
    digestOf(
      digest,
      round % 2 === 1 ? password : value,
      ...(round % 3 === 0 ? [] : [salt]),
      ...(round % 7 === 0 ? [] : [password]),
      round % 2 === 1 ? value : password
    ))

const MD5_GROUPS = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]]

const md5Crypt = (password: Buffer, magic: Buffer, salt: Buffer) => {
  const other = digestOf("md5", password, salt, password)
  const bits = bitsOf(password.length).map((bit) => bit ? Buffer.alloc(1) : password.subarray(0, 1))
  const start = digestOf("md5", password, magic, salt, repeated(other, password.length), ...bits)
  return Effect.map(mixed("md5", 1000, start, password, salt), (bytes) => cryptBase64(bytes, MD5_GROUPS))
}

const readMd5Crypt = ({ magic = "", salt = "", tag = "" }: Parts): HashReading =>
  Result.succeed((password) =>
    equalTo(tag)(md5Crypt(Buffer.from(Redacted.value(password)), Buffer.from(magic), Buffer.from(salt)))
  )

/** Thirds of the digest, one byte of each at a time, each time beginning with another third. */
const thirds = (length: number, turn: number) =>
  Array.from({ length }, (_, index) => {
    const group = [index, index + length, index + 2 * length]
    const first = (index * turn) % 3
    return [...group.slice(first), ...group.slice(0, first)]
  })

const SHA_GROUPS = { sha256: [...thirds(10, 2), [31, 30]], sha512: [...thirds(21, 1), [63]] }

const shaCrypt = (digest: "sha256" | "sha512", times: number, password: Buffer, salt: Buffer) => {
  const other = digestOf(digest, password, salt, password)
  const bits = bitsOf(password.length).map((bit) => bit ? other : password)
  const start = digestOf(digest, password, salt, repeated(other, password.length), ...bits)
  const passwords = digestOf(digest, Buffer.alloc(password.length ** 2, password))
  const salts = digestOf(digest, repeated(salt, salt.length * (16 + (start[0] ?? 0))))
  return Effect.map(
    mixed(digest, times, start, repeated(passwords, password.length), repeated(salts, salt.length)),
    (bytes) => cryptBase64(bytes, SHA_GROUPS[digest])
  )
}

/** More than passlib's default, about two seconds. */
const SHA_ROUNDS_MAX = 1_000_000

const readShaCrypt = ({ kind, salt = "", tag = "", times = "5000" }: Parts): HashReading => {
  const digest = kind === "5" ? "sha256" : "sha512"
  if (Number(times) > SHA_ROUNDS_MAX) {
    return tooCostly(`crypt with ${times} rounds, and at most ${SHA_ROUNDS_MAX} are accepted`)
  }
  if (Number(times) < 1000) return Result.fail("must be crypt with at least 1000 rounds")
  return Result.succeed((password) =>
    equalTo(tag)(shaCrypt(digest, Number(times), Buffer.from(Redacted.value(password)), Buffer.from(salt)))
  )
}

/** 2^20 rounds take about a second. */
const PHPASS_LOG_MAX = 20

const PHPASS_GROUPS = [[2, 1, 0], [5, 4, 3], [8, 7, 6], [11, 10, 9], [14, 13, 12], [15]]

const readPhpass = ({ log = "", salt = "", tag = "" }: Parts): HashReading => {
  const exponent = cryptDigit(log)
  if (exponent > PHPASS_LOG_MAX) {
    return tooCostly(`phpass with 2^${exponent} rounds, and at most 2^${PHPASS_LOG_MAX} are accepted`)
  }
  if (exponent < 7) return Result.fail("must be phpass with at least 2^7 rounds")
  return Result.succeed((password) => {
    const bytes = Buffer.from(Redacted.value(password))
    const start = digestOf("md5", Buffer.from(salt), bytes)
    const computed = rounds(2 ** exponent, start, (value) => digestOf("md5", value, bytes))
    return equalTo(tag)(Effect.map(computed, (digest) => cryptBase64(digest, PHPASS_GROUPS)))
  })
}

const SHA_CRYPT = /^(?:\{CRYPT\})?\$/
const PARAMETERS = /\$(?:rounds=(?<times>[1-9]\d{0,8})\$)?(?<salt>[./A-Za-z0-9]{1,16})/

export const CRYPT_FORMS: ReadonlyArray<HashForm> = [
  {
    pattern: /^(?:\{CRYPT\})?(?<magic>\$(?:1|apr1)\$)(?<salt>[./A-Za-z0-9]{1,8})\$(?<tag>[./A-Za-z0-9]{22})$/,
    read: readMd5Crypt
  },
  {
    pattern: inTurn(SHA_CRYPT, /(?<kind>5)/, PARAMETERS, /\$(?<tag>[./A-Za-z0-9]{43})$/),
    read: readShaCrypt
  },
  {
    pattern: inTurn(SHA_CRYPT, /(?<kind>6)/, PARAMETERS, /\$(?<tag>[./A-Za-z0-9]{86})$/),
    read: readShaCrypt
  },
  {
    pattern: /^\$[PH]\$(?<log>[./A-Za-z0-9])(?<salt>[./A-Za-z0-9]{8})(?<tag>[./A-Za-z0-9]{22})$/,
    read: readPhpass
  }
]
