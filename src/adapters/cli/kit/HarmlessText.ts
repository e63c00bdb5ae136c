/**
 * Removes characters that could control a terminal. Names and user agents come from strangers, and a control character
 * or a change of direction could make a terminal do or show anything (CWE-150).
 */

const HARMFUL = "\\p{Cc}\\p{Zl}\\p{Zp}\\u202a-\\u202e\\u2066-\\u2069"

const harmful = new RegExp(`[${HARMFUL}]`, "gu")

const harmfulBesideBreaks = new RegExp(`(?!\\n)[${HARMFUL}]`, "gu")

/** One line without control characters and line breaks. */
export const harmlessLine = (text: string): string => text.replace(harmful, "�")

/** Lines without control characters. */
export const harmless = (text: string): string => text.replace(harmfulBesideBreaks, "�")

/** JSON in which these characters are escaped, so that its values stay the same. */
export const harmlessJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    harmful,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
