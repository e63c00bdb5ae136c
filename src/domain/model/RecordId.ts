/** Ids of records. Adapters make them, and only here is their form. */
import { Schema } from "effect"

/**
 * Ids such as `acct_…`: what they are of, and 128 bits in base 36. `described` completes the sentence "must be …". Each
 * kind is branded by its own name, so that none is taken for another.
 */
export const recordId = (prefix: string, described: string) =>
  Schema.String.check(Schema.isPattern(new RegExp(`^${prefix}_[0-9a-z]{25}$`), { message: `must be ${described}` }))
