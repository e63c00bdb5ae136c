/** The variations of common passwords that people choose, and guessers try, when a plain one is refused. */
import { Redacted } from "effect"
import { foldedPassword } from "./Password.ts"
import type { Password } from "./Password.ts"
import { codePointLength } from "./UnicodeText.ts"

/** The most digits and signs that make no good password of a common one: a year or a short date, with a sign or two. */
const DECORATION_MAX = 6

/** Shorter words are in too many good passwords. */
const WORD_LENGTH_MIN = 4

/** The longest part that makes no good password however often it is repeated. */
const UNIT_LENGTH_MAX = 4

const RUNS_MAX = 3

/** What people write for letters. `1` stands for two of them. */
const SUBSTITUTES = ["i", "l"].map((one): Readonly<Record<string, string>> => ({
  0: "o",
  1: one,
  3: "e",
  4: "a",
  5: "s",
  7: "t",
  "@": "a",
  $: "s",
  "!": "i"
}))

/**
 * The texts that a password may be a variation of: the word within at most six digits and signs, the part that it
 * repeats, and each of them with letters for the signs that stand for letters (`p4$$w0rd`). What only contains a common
 * password has no such form (NIST SP 800-63B-4 §3.1.1.2).
 */
export const plainForms = (password: Password): ReadonlyArray<Redacted.Redacted> => {
  const text = foldedPassword(Redacted.value(password))
  const forms = [text, repeatedUnit(text), ...undecorated(text)]
    .flatMap((form) => [form].concat(spelledOut(form)))
  return [...new Set(forms)].filter((form) => codePointLength(form) >= WORD_LENGTH_MIN).map((form) =>
    Redacted.make(form)
  )
}

/**
 * Whether a password follows a pattern that no list has to name: up to four characters repeated (`abababab`), or at
 * most three runs (`87654321`, `abcd1234`). In a run, each character is the same, the next or the previous one.
 */
export const isSimplePattern = (password: Password): boolean => {
  const text = foldedPassword(Redacted.value(password))
  return codePointLength(repeatedUnit(text)) <= UNIT_LENGTH_MAX || runsIn(text) <= RUNS_MAX
}

const spelledOut = (text: string): ReadonlyArray<string> =>
  SUBSTITUTES.map((letters) => text.replaceAll(/[^\p{L}]/gu, (sign) => letters[sign] ?? sign))

const repeatedUnit = (text: string): string => /^(.+?)\1+$/su.exec(text)?.[1] ?? text

/** Signs in front and digits at the end may stand for letters, so they are also left where they are. */
const undecorated = (text: string): ReadonlyArray<string> => {
  const withoutEnd = text.replace(/[^\p{L}\p{M}]+$/u, "")
  const lengthMin = codePointLength(text) - DECORATION_MAX
  return [text.replace(/[^\p{L}\p{M}\p{N}]+$/u, ""), withoutEnd, withoutEnd.replace(/^[^\p{L}\p{M}]+/u, "")]
    .filter((form) => codePointLength(form) >= lengthMin)
}

const runsIn = (text: string): number => {
  let runs = 0
  let step: number | undefined
  let previous: number | undefined
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    const next = previous === undefined ? Number.NaN : stepBetween(previous, point)
    const goesOn = Math.abs(next) <= 1 && (step === undefined || step === next)
    if (!goesOn) runs++
    step = goesOn ? next : undefined
    previous = point
  }
  return runs
}

/** After 9 comes 0, as on a keyboard. */
const stepBetween = (from: number, to: number): number => {
  const pair = String.fromCodePoint(from, to)
  return pair === "90" ? 1 : pair === "09" ? -1 : to - from
}
