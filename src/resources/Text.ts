import { Schema } from "effect"

/** A text on the wire, as the API document describes it. */
export const text = (description: string, example: string) =>
  Schema.String.annotate({ description, examples: [example] })

/** The same, or null. */
export const nullableText = (description: string, example: string) =>
  Schema.NullOr(Schema.String).annotate({ description, examples: [example] })

/** A secret that is shown in one answer and in no log. */
export const shownSecret = (label: string, description: string, example: string) =>
  Schema.RedactedFromValue(Schema.String, { label }).pipe(Schema.annotateEncoded({ description, examples: [example] }))
