import { Schema, SchemaTransformation } from "effect"

export interface NumberRange {
  readonly min: number
  readonly max: number
}

/**
 * The whole number that decimal digits write, no more of them than `max` has; nothing for what is none in the range.
 */
export const wholeNumberIn = ({ max, min }: NumberRange, text: string): number | undefined => {
  const number = /^\d{1,15}$/.test(text) && text.length <= String(max).length ? Number(text) : Number.NaN
  return number >= min && number <= max ? number : undefined
}

/** A whole number in decimal digits. What is wrong with a text continues its name, and does not repeat it. */
export const WholeNumber = (range: NumberRange) =>
  Schema.String.pipe(
    Schema.check(Schema.makeFilter((text) =>
      wholeNumberIn(range, text) === undefined ? `must be a whole number from ${range.min} to ${range.max}` : undefined
    )),
    Schema.decodeTo(Schema.Int, SchemaTransformation.transform({ decode: Number, encode: String }))
  )
