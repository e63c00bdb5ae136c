/**
 * Names and user agents are what strangers sent. A control character or a reversal of direction in one could make a
 * terminal do or show anything, so none gets there (CWE-150).
 */

const HARMFUL = "\\p{Cc}\\p{Zl}\\p{Zp}\\u202a-\\u202e\\u2066-\\u2069"

const harmful = new RegExp(`[${HARMFUL}]`, "gu")

const harmfulBesideBreaks = new RegExp(`(?!\\n)[${HARMFUL}]`, "gu")

/** One line without any of them. */
export const harmlessLine = (text: string): string => text.replace(harmful, "�")

/** Lines without any of them. */
export const harmless = (text: string): string => text.replace(harmfulBesideBreaks, "�")

/** JSON in which they are escaped, so that its values are what they were. */
export const harmlessJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    harmful,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
