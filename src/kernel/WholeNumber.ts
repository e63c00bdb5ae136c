import { Schema, SchemaTransformation } from "effect"

export interface NumberRange {
  readonly min: number
  readonly max: number
}

/** Parses decimal digits, at most as many as `max` has. Anything else, and any number out of range, is `undefined`. */
export const wholeNumberIn = ({ max, min }: NumberRange, text: string): number | undefined => {
  const number = /^\d{1,15}$/.test(text) && text.length <= String(max).length ? Number(text) : Number.NaN
  return number >= min && number <= max ? number : undefined
}

/** A whole number in decimal digits. Messages continue the name of the value and don't repeat its text. */
export const WholeNumber = (range: NumberRange) =>
  Schema.String.check(
    Schema.makeFilter((text) =>
      wholeNumberIn(range, text) === undefined ? `must be a whole number from ${range.min} to ${range.max}` : undefined
    )
  ).pipe(Schema.decodeTo(Schema.Int, SchemaTransformation.transform({ decode: Number, encode: String })))
