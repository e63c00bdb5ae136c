/**
 * Verifies password hashes of other systems, so that accounts can move here with their passwords. A sign-in replaces
 * such a hash with an argon2id hash.
 *
 * Such hashes come from an import, not from callers. Their costs are bounded all the same: an import refuses what costs
 * more. If such a hash is stored nevertheless, signing in to that account is a defect, rather than taking minutes or
 * gigabytes. Other work goes on meanwhile, and tags are compared in constant time.
 */
import { Option, Result } from "effect"
import { PasswordHash } from "../../domain/model/Password.ts"
import { argon2Problem, parseArgon2Hash } from "./Argon2Hash.ts"
import { BCRYPT_FORMS } from "./foreign/BcryptForms.ts"
import { CRYPT_FORMS } from "./foreign/CryptForms.ts"
import { DERIVATION_FORMS } from "./foreign/DerivationForms.ts"
import { DIGEST_FORMS } from "./foreign/DigestForms.ts"
import type { HashReading } from "./foreign/HashForm.ts"

/** Fails for an unknown format, and for costs out of bounds. */
export const foreignVerification = (hash: string): HashReading => {
  for (const { pattern, read } of FORMS) {
    const parts = pattern.exec(hash)?.groups
    if (parts !== undefined) return read(parts)
  }
  return Result.fail("must be a password hash of a known format")
}

/** What is wrong with a hash of another system, argon2 included: its form or its cost. Undefined if nothing is. */
export const hashProblem = (hash: string): string | undefined =>
  Option.match(parseArgon2Hash(PasswordHash.make(hash)), {
    onNone: () => Option.getOrUndefined(Result.getFailure(foreignVerification(hash))),
    onSome: argon2Problem
  })

const FORMS = [...BCRYPT_FORMS, ...DERIVATION_FORMS, ...CRYPT_FORMS, ...DIGEST_FORMS]
