/**
 * Keeps secrets and personal data out of what leaves the process as logs and spans.
 *
 * This is the last line of defence. Services never log secrets, and secrets travel as `Redacted`. But a library may
 * quote its input in an exception, and a field may be named carelessly. When in doubt, this hides too much.
 */
import { remember } from "../../kernel/Memo.ts"

/** Replaces a hidden value. */
export const REDACTED = "<redacted>"

const secretName =
  /pass(?:word|phrase|wd)|secret|token|authori[sz]ation|cookie|credential|identity[._-]?device|(?:api|signing|private)[._-]?key|hash|e-?mail|display[._-]?name/i

/** Whether any value under this name is hidden. */
export const isSecretName = remember(1000, (name: string): boolean => secretName.test(name))

const localPart = /[\p{L}\p{N}._%+-]+$/u
const domain = /[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,10}/uy

/** Searches from each `@` to both sides. A single expression would try to match at every letter of a long line. */
const withoutAddresses = (text: string): string => {
  let hidden = ""
  let from = 0
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const local = localPart.exec(text.slice(Math.max(from, at - 64), at))?.[0]
    domain.lastIndex = at + 1
    const host = local === undefined ? undefined : domain.exec(text)?.[0]
    if (local === undefined || host === undefined) continue
    hidden += `${text.slice(from, at - local.length)}${REDACTED}`
    from = at + 1 + host.length
  }
  return hidden + text.slice(from)
}

const userInfo = /:\/\/[^\s/@]+@/g
/** The secret part of an API key. Its id may be shown. */
const apiKeySecret = /(?<=\bidk_[0-9a-z]{25})_[\w-]+/g
const argon2Hash = /\$argon2[a-z]+\$[^\s"]*/g

/** Hides email addresses, password hashes, API keys and the credentials of URLs, wherever they stand. */
export const withoutPersonalData = (text: string): string => {
  const withoutKeys = text.includes("idk_") ? text.replace(apiKeySecret, `_${REDACTED}`) : text
  const withoutHashes = withoutKeys.includes("$argon2") ? withoutKeys.replace(argon2Hash, REDACTED) : withoutKeys
  return withoutHashes.includes("@")
    ? withoutAddresses(withoutHashes.replace(userInfo, `://${REDACTED}@`))
    : withoutHashes
}

/** ASCII without quotation mark, backslash, `@` and `$`. */
const plain = /^[ !#%-?A-[\]-~]*$/

/** Whether a text needs no escaping in JSON and contains nothing that `withoutPersonalData` hides. */
export const isPlain = (text: string): boolean => plain.test(text) && !text.includes("idk_")

const quoted = /"[^]*"|'[^]*'|`[^]*`/g
const keyLike = /[\w-]{32,}/g
const MESSAGE_LENGTH_MAX = 1000

/**
 * The part of an exception's message that may be shown. Libraries quote the values they reject (`Unexpected token 'h',
 * "hunter2" is not valid JSON`), so only the first line stays, without the text between its first and last quotation
 * mark.
 */
export const withoutValues = (message: string): string =>
  withoutPersonalData(message.slice(0, MESSAGE_LENGTH_MAX))
    .replace(/[\r\n][^]*/, "")
    .replace(quoted, REDACTED)
    .replace(keyLike, REDACTED)
