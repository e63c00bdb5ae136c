import { Option, Schema } from "effect"
import { remember } from "../../kernel/Memo.ts"
import { WellFormedText } from "./UnicodeText.ts"

/** The canonical key of an email address. At most one account holds a key, however the address was written. */
export const EmailKey = Schema.String.pipe(Schema.brand("EmailKey"))
export type EmailKey = typeof EmailKey.Type

/** RFC 5321 §4.5.3.1.3, in octets. */
export const EMAIL_LENGTH_MAX = 254

const dotAtom = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
const unicodeHost = /^[\p{L}\p{M}\p{N}.-]+$/u
const asciiHost = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** Characters that nobody sees, so two addresses that look alike would be two accounts. */
const invisible = /\p{Default_Ignorable_Code_Point}/u

/** Letters that lower case leaves apart although they share a capital: a final sigma and nine old Cyrillic ones. */
const lowerVariant = /[\u0345\u03c2\u1c80-\u1c88]/

const foldLetter = (letter: string): string => (lowerVariant.test(letter) ? letter.toUpperCase() : letter).toLowerCase()

/**
 * NFKC and Unicode's simple case folding. Letter by letter, because lowering a whole text makes a capital sigma one
 * or the other small one depending on what follows.
 */
const fold = (text: string): string => Array.from(text.normalize("NFKC"), foldLetter).join("").normalize("NFKC")

const utf8Length = (text: string): number => new TextEncoder().encode(text).length

/**
 * UTS 46 as the URL standard has it; empty for what is no domain. Behind a label that is not ASCII, because Node lets
 * the punycode of a purely ASCII domain pass unchecked, also that of capitals and of characters nobody sees.
 */
const domainToAscii = (domain: string): string => {
  const url = URL.parse(`http://ü.${domain}`)
  return url === null ? "" : url.hostname.slice("xn--tda.".length)
}

const canonicalise = (address: string): Option.Option<string> =>
  // Ordering combining marks takes quadratic time: 64 KiB of them would block the process for half a second.
  address.length > EMAIL_LENGTH_MAX ? Option.none() : canonical(address)

/** One request asks for the form of its email several times. */
const canonical = remember(256, (address: string): Option.Option<string> => {
  const normal = address.normalize("NFKC")
  const at = normal.lastIndexOf("@")
  const local = fold(normal.slice(0, Math.max(at, 0)))
  // Letter case of the domain is left to UTS 46, which lowers a capital sigma in its own way.
  const domain = normal.slice(at + 1)
  if (!dotAtom.test(local) || invisible.test(local) || utf8Length(local) > 64) return Option.none()
  if (!unicodeHost.test(domain)) return Option.none()
  const ascii = domainToAscii(domain)
  if (!asciiHost.test(ascii)) return Option.none()
  const key = `${local}@${ascii}`
  const tooLong = key.length > EMAIL_LENGTH_MAX || utf8Length(address) > EMAIL_LENGTH_MAX
  return tooLong || fold(key) !== key ? Option.none() : Option.some(key)
})

/**
 * An email address as its holder wrote it: RFC 5322 dot-atom with RFC 6531 letters, a domain of at least two labels,
 * 254 octets at most. Quoted local parts, address literals, comments and trailing dots are not accepted.
 *
 * It is canonicalised first and checked afterwards, so no spelling slips past a check that sees another one
 * (ASVS 1.1.1).
 */
export const Email = WellFormedText.pipe(
  Schema.check(
    Schema.isMaxLength(EMAIL_LENGTH_MAX, { message: `must be at most ${EMAIL_LENGTH_MAX} characters` }),
    Schema.makeFilter((address: string) =>
      Option.isSome(canonicalise(address)) ? undefined : "must be an email address such as ada@example.com"
    )
  ),
  Schema.brand("Email")
)
export type Email = typeof Email.Type

/**
 * The one canonical form of an address: NFKC and lower case, the domain in ASCII (UTS 46). `+tag` and dots in the
 * local part are kept, because only the receiving host knows what they mean. Canonicalising a key changes nothing.
 */
export const emailKey = (email: Email): EmailKey => EmailKey.make(Option.getOrThrow(canonicalise(email)))

/**
 * What the email keys of addresses that begin with `text` begin with. A label of the domain that is not ASCII has to be
 * whole: what becomes of its beginning tells nothing of the rest.
 */
export const emailKeyPrefix = (text: string): string => {
  const normal = text.normalize("NFKC")
  const at = normal.lastIndexOf("@")
  if (at === -1) return fold(text)
  const labels = normal.slice(at + 1).split(".").map((label) => beyondAscii.test(label) ? labelToAscii(label) : label)
  return `${fold(normal.slice(0, at))}@${fold(labels.join("."))}`
}

const beyondAscii = /\P{ASCII}/u

const labelToAscii = (label: string): string => unicodeHost.test(label) ? domainToAscii(label) || label : label
