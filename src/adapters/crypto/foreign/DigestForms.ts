/** One digest of password and salt, as directories and htpasswd write it: `{SSHA}`, `{SSHA512}`, `{SHA}`, …. */
import { Effect, Redacted, Result } from "effect"
import { hash, timingSafeEqual } from "node:crypto"
import type { HashForm, HashReading, Parts } from "./HashForm.ts"

const LENGTHS: ReadonlyMap<string, number> = new Map([["1", 20], ["256", 32], ["384", 48], ["512", 64]])

const SALT_LENGTH_MAX = 64

const readDigest = ({ bits = "", data = "", salted = "" }: Parts): HashReading => {
  const bytes = Buffer.from(data, "base64")
  const digest = bits === "" ? "1" : bits
  const length = LENGTHS.get(digest) ?? 0
  const saltLength = bytes.length - length
  if (salted === "" ? saltLength !== 0 : saltLength < 1 || saltLength > SALT_LENGTH_MAX) {
    return Result.fail(`must be a digest of ${length} bytes${salted === "" ? "" : " and a salt"}`)
  }
  return Result.succeed((password) =>
    Effect.sync(() => {
      const salted = Buffer.concat([Buffer.from(Redacted.value(password)), bytes.subarray(length)])
      return timingSafeEqual(hash(`sha${digest}`, salted, "buffer"), bytes.subarray(0, length))
    })
  )
}

export const DIGEST_FORMS: ReadonlyArray<HashForm> = [{
  pattern: /^\{(?<salted>S?)SHA(?<bits>256|384|512)?\}(?<data>[A-Za-z0-9+/]{27,171}={0,2})$/i,
  read: readDigest
}]
