import { Redacted, Schema, SchemaTransformation } from "effect"
import type { PasswordRefusal } from "./IdentityErrors.ts"
import { codePointLength, WellFormedText } from "./UnicodeText.ts"

/** NIST SP 800-63B-4 §3.1.1.2 and ASVS 6.2.1: no configuration may go below. */
export const PASSWORD_LENGTH_MIN = 8

/** The most code points accepted. A longer password is refused, never cut (ASVS 6.2.8, 6.2.9). */
export const PASSWORD_LENGTH_MAX = 256

const tooLong = `must be at most ${PASSWORD_LENGTH_MAX} characters`

/**
 * NFC makes at most four code points of two units into one, so what is longer than this is too long in any case.
 * Normalising it would take quadratic time: 64 KiB of combining marks block the process for half a second.
 */
const WRITTEN_LENGTH_MAX = PASSWORD_LENGTH_MAX * 8

const normalised = WellFormedText.pipe(
  Schema.check(Schema.makeFilter((text: string) => text.length <= WRITTEN_LENGTH_MAX ? undefined : tooLong)),
  Schema.decode(SchemaTransformation.transform({
    decode: (text) => text.normalize("NFC"),
    encode: (text) => text
  })),
  Schema.check(
    Schema.makeFilter((text: string) => codePointLength(text) <= PASSWORD_LENGTH_MAX ? undefined : tooLong)
  )
)

const PresentedText = normalised.pipe(Schema.brand("Password"))

const NewText = normalised.pipe(
  Schema.check(
    Schema.makeFilter((text: string) =>
      codePointLength(text) >= PASSWORD_LENGTH_MIN
        ? undefined
        : `must be at least ${PASSWORD_LENGTH_MIN} characters`
    )
  ),
  Schema.brand("Password")
)

/** A password as somebody presents it: NFC and nothing else is done to it, so it verifies exactly as sent. */
export const Password = Schema.RedactedFromValue(PresentedText, { label: "Password" })
export type Password = Redacted.Redacted<typeof PresentedText.Type>

/** A password somebody chooses: 8 to 256 code points. `PasswordPolicy` may ask for more. */
export const NewPassword = Schema.RedactedFromValue(NewText, { label: "Password" })

/** A self-describing salted hash in PHC string format. */
export const PasswordHash = Schema.String.pipe(Schema.brand("PasswordHash"))
export type PasswordHash = typeof PasswordHash.Type

/** Length in code points of the password inside. */
export const passwordLength = (password: Password): number => codePointLength(Redacted.value(password))

/** A password, or what it is compared with, in one of the spellings that look or are typed alike: NFKC, lower case. */
export const foldedPassword = (text: string): string => text.normalize("NFKC").toLowerCase()

/** Why a password is refused, as it continues "The password". `holder` is whose account it is, such as `your`. */
export const explainRefusal = (refusal: PasswordRefusal, holder: string): string => {
  switch (refusal.reason) {
    case "too-short":
      return `must be at least ${refusal.lengthMin} characters`
    case "common":
      return "is among the most common or breached passwords"
    case "personal":
      return `must not be ${holder} email or name`
    case "service-name":
      return "must not be the name of this service"
  }
}
