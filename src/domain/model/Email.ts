import { Brand, Option, Schema } from "effect"
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

/** Characters that show nothing. With them, two addresses that look alike could be two accounts. */
const invisible = /\p{Default_Ignorable_Code_Point}/u

/**
 * Letters that stay different in lower case although they share a capital: the final sigma and nine old Cyrillic
 * letters.
 */
const lowerVariant = /[\u0345\u03c2\u1c80-\u1c88]/

const foldLetter = (letter: string): string => (lowerVariant.test(letter) ? letter.toUpperCase() : letter).toLowerCase()

/**
 * NFKC and Unicode's simple case folding. Each letter is folded by itself, because lower-casing a whole text turns a
 * capital sigma into one small sigma or the other, depending on what follows.
 */
const fold = (text: string): string => Array.from(text.normalize("NFKC"), foldLetter).join("").normalize("NFKC")

const utf8Length = (text: string): number => new TextEncoder().encode(text).length

/**
 * UTS 46 as in the URL standard. Empty if the text is no domain. A label that isn't ASCII is put in front, because Node
 * doesn't check the punycode of a purely ASCII domain, not even for capitals or invisible characters.
 */
const domainToAscii = (domain: string): string => {
  const url = URL.parse(`http://ü.${domain}`)
  return url === null ? "" : url.hostname.slice("xn--tda.".length)
}

const canonicalise = (address: string): Option.Option<string> => {
  // Ordering combining marks takes quadratic time: 64 KiB of them would block the process for half a second.
  if (address.length > EMAIL_LENGTH_MAX) return Option.none()
  const plain = plainForm(address)
  return plain === undefined ? canonical(address) : Option.some(plain)
}

/** The canonical form of a plain address, which only differs in letter case. */
const plainForm = (address: string): string | undefined => {
  const lower = address.toLowerCase()
  return address.length <= EMAIL_LENGTH_MAX && plain.test(lower) && lower.indexOf("@") <= 64 ? lower : undefined
}

/**
 * Most addresses: of ASCII, with a domain of letters at its end and no label that could be punycode. Everything below
 * would only put them in lower case.
 */
const plain =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/

/** Whether it is an address as most are written. The others need `Email`, which takes longer. */
export const isPlainEmail = (text: string): text is Email => plainForm(text) !== undefined

/** One request needs the canonical form of its email several times. Looking for a plain one would take longer. */
const canonical = remember(256, (address: string): Option.Option<string> => {
  const normal = address.normalize("NFKC")
  const at = normal.lastIndexOf("@")
  const local = fold(normal.slice(0, Math.max(at, 0)))
  // UTS 46 folds the letter case of the domain. It treats a capital sigma in its own way.
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
 * An email address as its holder wrote it: an RFC 5322 dot-atom with RFC 6531 letters, and a domain of at least two
 * labels. At most 254 octets. Quoted local parts, address literals, comments and trailing dots are not accepted.
 *
 * It is canonicalised first and checked afterwards, so that no spelling can pass a check that sees another one (ASVS
 * 1.1.1).
 */
export const Email = WellFormedText.check(
  Schema.isMaxLength(EMAIL_LENGTH_MAX, { message: `must be at most ${EMAIL_LENGTH_MAX} characters` }),
  Schema.makeFilter((address: string) =>
    Option.isSome(canonicalise(address)) ? undefined : "must be an email address such as ada@example.com"
  )
).pipe(Schema.brand("Email"))
export type Email = typeof Email.Type

/**
 * The one canonical form of an address: NFKC and lower case, with the domain in ASCII (UTS 46). `+tag` and dots in the
 * local part are kept, because only the receiving host knows what they mean. Canonicalising a key again changes
 * nothing.
 */
export const emailKey = (email: Email): EmailKey => toEmailKey(Option.getOrThrow(canonicalise(email)))

const toEmailKey = Brand.nominal<EmailKey>()

/**
 * The prefix shared by the email keys of all addresses that begin with `text`. A label of the domain that isn't ASCII
 * has to be complete, because the punycode of its beginning differs from that of the whole.
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
