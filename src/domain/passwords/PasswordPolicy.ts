import { Context, Redacted } from "effect"
import type { DisplayName } from "../model/Account.ts"
import type { Email } from "../model/Email.ts"
import type { PasswordRefusal } from "../model/Password.ts"
import { foldedPassword, PASSWORD_LENGTH_MIN, passwordLength } from "../model/Password.ts"
import type { Password } from "../model/Password.ts"
import { codePointLength } from "../model/UnicodeText.ts"

/** The rules for a new password. There are no composition rules and no rotation (ASVS 6.2.5, 6.2.10). */
export interface PasswordRules {
  /** The shortest accepted length in code points, at least 8. */
  readonly lengthMin: number
  /** Names of this service, such as its host name. None of them is accepted as a password (ASVS 6.2.11). */
  readonly serviceNames: ReadonlyArray<string>
}

/** The person who will have the password. */
export interface PasswordHolder {
  readonly email: Email
  readonly displayName: DisplayName
}

export const PasswordPolicy = Context.Reference<PasswordRules>("identityd/domain/passwords/PasswordPolicy", {
  defaultValue: () => ({ lengthMin: PASSWORD_LENGTH_MIN, serviceNames: ["identity"] })
})

/**
 * Every reason why the rules refuse a new password; none if they accept it. `PasswordBlocklist` may refuse it as well.
 */
export const passwordRefusals = (
  rules: PasswordRules,
  password: Password,
  holder: PasswordHolder
): ReadonlyArray<PasswordRefusal> => {
  const text = Redacted.value(password)
  const personal = [holder.email, holder.email.slice(0, holder.email.lastIndexOf("@")), holder.displayName]
  return [
    ...(passwordLength(password) < rules.lengthMin
      ? [{ reason: "too-short" as const, lengthMin: rules.lengthMin }]
      : []),
    ...(personal.some((name) => isMadeOf(text, name)) ? [{ reason: "personal" as const }] : []),
    ...(rules.serviceNames.some((name) => isMadeOf(text, name)) ? [{ reason: "service-name" as const }] : [])
  ]
}

/** The most characters that people commonly put around a name: a year, 123, !!!, or at most -1985-04-12-. */
const DECORATION_MAX = 12

/**
 * Whether a password is only a name: once or repeated, in any letter case and compatibility spelling, with other signs
 * between its words, and with a few digits and signs around it. A guesser who knows the person tries these first.
 *
 * A password that merely contains a name is accepted, and so is one with more around the name than a date. The rest may
 * well be unguessable, and refusing every password with `al` in it would not help anybody called Al.
 */
const isMadeOf = (password: string, name: string): boolean => {
  const [presented, known] = [foldedPassword(password), foldedPassword(name)]
  if (presented === known) return true
  const [core, term] = [lettersAndDigits(presented), lettersAndDigits(known)]
  if (term === "") return false
  const between = core.split(term)
  const decoration = codePointLength(presented) - (between.length - 1) * codePointLength(known)
  if (between.length === 1 || decoration > DECORATION_MAX) return false
  // For a name of digits, every number containing it would count as a decoration, so only the name itself is refused.
  return between.every((rest) => rest === "" || (hasLetter.test(term) && digitsOnly.test(rest)))
}

const lettersAndDigits = (text: string): string => text.replace(/[^\p{L}\p{M}\p{N}]/gu, "")

const hasLetter = /\p{L}/u

const digitsOnly = /^\p{N}*$/u
