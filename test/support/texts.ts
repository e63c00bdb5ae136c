/** Texts for properties of parsers. */
import { Arbitrary, Schema } from "effect"

/** Texts made of pieces that mean something to a parser, so that they are close to valid ones. */
export const textOf = (
  pieces: ReadonlyArray<string>,
  length: { readonly minLength?: number; readonly maxLength?: number } = {}
): Arbitrary.Arbitrary<string> =>
  Arbitrary.array(Arbitrary.schema(Schema.Literals(pieces)), { maxLength: 12, ...length }).pipe(
    Arbitrary.map((parts) => parts.join(""))
  )

/** Separators, quotes, escapes and terminators of the formats we read. */
const MARKS = [
  " ",
  "\t",
  "\n",
  "\r",
  "\0",
  ",",
  ";",
  ":",
  "=",
  ".",
  "/",
  "?",
  "#",
  "%",
  "%zz",
  "\"",
  "'",
  "\\",
  "$",
  "{"
]

/** Texts of a format's own words, of what marks boundaries in it and of what no format expects. */
export const nearly = (...words: ReadonlyArray<string>): Arbitrary.Arbitrary<string> =>
  textOf([...words, ...words, ...MARKS, "a", "0", "é", "\u2028", "\ud800", "__proto__"])

/** The same as a header can carry them. */
export const inHeader = (text: string): string => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "").trim()

const SMALL = "abcdefghijklmnopqrstuvwxyz"

/** Texts with the alphabet of tokens. */
export const tokenTexts = textOf(Array.from(`${SMALL}${SMALL.toUpperCase()}0123456789-_.`), {
  minLength: 1,
  maxLength: 60
})

const Byte = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 255 })))

export const bytes = (minLength: number, maxLength: number): Arbitrary.Arbitrary<Uint8Array<ArrayBuffer>> =>
  Arbitrary.array(Arbitrary.schema(Byte), { minLength, maxLength }).pipe(Arbitrary.map((list) => Uint8Array.from(list)))
