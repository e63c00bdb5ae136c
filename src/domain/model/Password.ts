import { Redacted, Schema, SchemaTransformation } from "effect"
import { codePointLength, WellFormedText } from "./UnicodeText.ts"

/** No configuration may go lower (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.1). */
export const PASSWORD_LENGTH_MIN = 8

/** The most code points accepted. A longer password is refused, never cut (ASVS 6.2.8, 6.2.9). */
export const PASSWORD_LENGTH_MAX = 256

const tooLong = `must be at most ${PASSWORD_LENGTH_MAX} characters`

/**
 * The most UTF-16 units before normalising. NFC joins at most four code points of two units each into one, so a longer
 * text is too long in any case. Normalising takes quadratic time: 64 KiB of combining marks block the process for half
 * a second.
 */
const WRITTEN_LENGTH_MAX = PASSWORD_LENGTH_MAX * 8

const normalised = WellFormedText.check(
  Schema.makeFilter((text: string) => text.length <= WRITTEN_LENGTH_MAX ? undefined : tooLong)
).pipe(
  Schema.decode(SchemaTransformation.transform({
    decode: (text) => text.normalize("NFC"),
    encode: (text) => text
  })),
  Schema.check(
    Schema.makeFilter((text: string) => codePointLength(text) <= PASSWORD_LENGTH_MAX ? undefined : tooLong)
  )
)

const PresentedText = normalised.pipe(Schema.brand("Password"))

const NewText = normalised.check(
  Schema.makeFilter((text: string) =>
    codePointLength(text) >= PASSWORD_LENGTH_MIN
      ? undefined
      : `must be at least ${PASSWORD_LENGTH_MIN} characters`
  )
).pipe(Schema.brand("Password"))

/**
 * A password as somebody enters it. It is brought to NFC and not changed otherwise, so that it verifies exactly as
 * sent.
 */
export const Password = Schema.RedactedFromValue(PresentedText, { label: "Password" })
export type Password = Redacted.Redacted<typeof PresentedText.Type>

/** A newly chosen password: 8 to 256 code points. `PasswordPolicy` may ask for more. */
export const NewPassword = Schema.RedactedFromValue(NewText, { label: "Password" })

/** A self-describing salted hash in PHC string format. */
export const PasswordHash = Schema.String.pipe(Schema.brand("PasswordHash"))
export type PasswordHash = typeof PasswordHash.Type

/** The password's length in code points. */
export const passwordLength = (password: Password): number => codePointLength(Redacted.value(password))

/**
 * Folds a password, or a text to compare it with: NFKC and lower case, so that spellings that look alike or are typed
 * alike become one.
 */
export const foldedPassword = (text: string): string => text.normalize("NFKC").toLowerCase()

/** Why a chosen password is not accepted. Each reason can be shown to the person choosing. */
export const PasswordRefusal = Schema.Union([
  Schema.Struct({ reason: Schema.Literal("too-short"), lengthMin: Schema.Int }),
  /**
   * The password is on the list of common and breached ones, is made of the holder's email or name, or is a name of
   * this service.
   */
  Schema.Struct({ reason: Schema.Literals(["common", "personal", "service-name"]) })
])
export type PasswordRefusal = typeof PasswordRefusal.Type

/** Why a password is refused, worded to follow "The password". `holder` says whose account it is, such as `your`. */
export const explainRefusal = (refusal: PasswordRefusal, holder: string): string => {
  switch (refusal.reason) {
    case "too-short":
      return `must be at least ${refusal.lengthMin} characters`
    case "common":
      return "is a common or breached password, a variation of one, or a simple pattern"
    case "personal":
      return `must not be ${holder} email or name`
    case "service-name":
      return "must not be the name of this service"
  }
}
