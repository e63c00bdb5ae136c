import { Option, Schema } from "effect"
import { WellFormedText } from "./UnicodeText.ts"

/** The canonical key of an email address. At most one account holds a key, however the address was written. */
export const EmailKey = Schema.String.pipe(Schema.brand("EmailKey"))
export type EmailKey = typeof EmailKey.Type

const dotAtom = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
const unicodeHost = /^[\p{L}\p{M}\p{N}.-]+$/u
const asciiHost = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

const fold = (text: string): string => text.normalize("NFKC").toLowerCase().normalize("NFKC")

const utf8Length = (text: string): number => new TextEncoder().encode(text).length

const domainToAscii = (domain: string): string => {
  const url = URL.parse(`http://${domain}`)
  return url === null ? "" : url.hostname
}

const canonicalise = (address: string): Option.Option<string> => {
  const folded = fold(address)
  const at = folded.lastIndexOf("@")
  const local = folded.slice(0, Math.max(at, 0))
  const domain = folded.slice(at + 1)
  if (!dotAtom.test(local) || utf8Length(local) > 64 || !unicodeHost.test(domain)) return Option.none()
  const ascii = domainToAscii(domain)
  if (!asciiHost.test(ascii)) return Option.none()
  const key = `${local}@${ascii}`
  return key.length > 254 || utf8Length(address) > 254 || fold(key) !== key ? Option.none() : Option.some(key)
}

/**
 * An email address as its holder wrote it: RFC 5322 dot-atom with RFC 6531 letters, a domain of at least two labels,
 * 254 octets at most. Quoted local parts, address literals, comments and trailing dots are not accepted.
 *
 * It is canonicalised first and checked afterwards, so no spelling slips past a check that sees another one
 * (ASVS 1.1.1).
 */
export const Email = WellFormedText.pipe(
  Schema.check(
    Schema.isMaxLength(254, { message: "must be at most 254 characters" }),
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

/** What the email keys of addresses that begin with `text` begin with. */
export const emailKeyPrefix = (text: string): string => fold(text)
