/**
 * bcrypt by itself, as Django writes it, and around a digest of the password (Django, WordPress 6.8).
 *
 * bcrypt hashes only the first 72 bytes of a password. A longer password verifies by its beginning, as it did in the
 * other system, until the first sign-in here replaces the hash by one of the whole password. A password with a NUL
 * never verifies against bcrypt by itself: bcrypt repeats the password with a final NUL, so `a` and `a\0a` have the
 * same hash (ASVS 6.2.8).
 */
import { Effect, Redacted, Result } from "effect"
import { createHmac, hash } from "node:crypto"
import type { HashForm, HashReading, Parts } from "./HashForm.ts"
import { tooCostly } from "./HashForm.ts"

/** 2^16 rounds take about four seconds. */
const COST_MAX = 16

const verifyBcrypt = (text: string, hash: string) =>
  Effect.promise(() => import("@node-rs/bcrypt")).pipe(
    Effect.flatMap((bcrypt) => Effect.promise(() => bcrypt.verify(text, hash)))
  )

const readBcrypt = (textOf: (password: string) => string) => ({ hash = "", cost }: Parts): HashReading => {
  if (Number(cost) > COST_MAX) return tooCostly(`bcrypt with a cost of ${cost}, and at most ${COST_MAX} is accepted`)
  if (Number(cost) < 4) return Result.fail("must be bcrypt with a cost of at least 4")
  return Result.succeed((password) => {
    const text = textOf(Redacted.value(password))
    return Effect.map(verifyBcrypt(text, hash), (matches) => matches && !text.includes("\0"))
  })
}

/** What PHP's `trim` removes. */
const phpTrimmed = (text: string): string => text.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, "")

export const BCRYPT_FORMS: ReadonlyArray<HashForm> = [
  {
    pattern: /^(?:\{CRYPT\}|bcrypt\$)?(?<hash>\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53})$/,
    read: readBcrypt((password) => password)
  },
  {
    pattern: /^bcrypt_sha256\$(?<hash>\$2[aby]\$(?<cost>\d\d)\$[./A-Za-z0-9]{53})$/,
    read: readBcrypt((password) => hash("sha256", password, "hex"))
  },
  {
    pattern: /^\$wp(?<hash>\$2y\$(?<cost>\d\d)\$[./A-Za-z0-9]{53})$/,
    read: readBcrypt((password) => createHmac("sha384", "wp-sha384").update(phpTrimmed(password)).digest("base64"))
  }
]
