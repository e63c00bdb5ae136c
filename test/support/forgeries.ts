/** Forgeries that somebody can make from a signed string without the key. */

/** The text with one bit of one character flipped, for every bit of an octet. */
export const bitFlips = (text: string): ReadonlyArray<string> =>
  Array.from(text).flatMap((character, index) =>
    Array.from({ length: 8 }, (_, bit) => replaceAt(text, index, character.charCodeAt(0) ^ 1 << bit))
  )

/** Texts that a lenient reader treats as equal: blanks, padding, other alphabets, other letter case, look-alikes. */
export const otherSpellings = (text: string): ReadonlyArray<string> =>
  [
    ` ${text}`,
    `${text} `,
    `${text}\n`,
    `\n${text}`,
    `${text}\0`,
    `${text}=`,
    `${text}==`,
    `${text}.`,
    `.${text}`,
    `${text}A`,
    `"${text}"`,
    `${text}\u200b`,
    `${text}\ufeff`,
    text.toUpperCase(),
    text.toLowerCase(),
    text.replaceAll("-", "+").replaceAll("_", "/"),
    text.replaceAll(".", "%2e"),
    text.replaceAll(".", "\uff0e"),
    text.replaceAll(".", ".."),
    text.replace(/[a-z]/, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xff41 - 0x61)),
    text + text
  ].filter((spelling) => spelling !== text)

/** Every beginning and every end of the text but the whole. */
export const fragments = (text: string): ReadonlyArray<string> =>
  Array.from(text).flatMap((_, index) => [text.slice(0, index), text.slice(index + 1)])

/** The text with its last character replaced by every other one of base64url, the loose trailing bits included. */
export const lastCharacters = (text: string): ReadonlyArray<string> =>
  Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    .map((character) => text.slice(0, -1) + character)
    .filter((spelling) => spelling !== text)

const replaceAt = (text: string, index: number, charCode: number): string =>
  text.slice(0, index) + String.fromCharCode(charCode) + text.slice(index + 1)
