import { DateTime, Effect, Schema, SchemaIssue, SchemaTransformation } from "effect"
import { instantText, parseInstant } from "../kernel/InstantText.ts"

/**
 * An instant on the wire: RFC 3339 in UTC with milliseconds and `Z`. It always has 24 characters, so instants also sort
 * as text.
 */
export const instant = (meaning: string) =>
  Schema.DateTimeUtcFromString.pipe(
    Schema.annotateEncoded({
      description: `${meaning} (RFC 3339, UTC, with milliseconds)`,
      format: "date-time",
      examples: ["2026-03-01T12:00:00.123Z"]
    })
  )

/** What people and programs write: an RFC 3339 instant, or a date. */
export const InstantOrDate = Schema.String.pipe(
  Schema.decodeTo(
    Schema.DateTimeUtc,
    SchemaTransformation.transformEffect<typeof Schema.DateTimeUtc.Encoded, string>({
      decode: (given) =>
        Effect.mapError(
          Effect.fromOption(parseInstant(given)),
          () => new SchemaIssue.InvalidValue({ message: "must be an instant such as 2027-03-01T12:00:00Z, or a date" })
        ),
      encode: (at) => Effect.succeed(instantText(at))
    })
  )
)

const FIRST = DateTime.makeUnsafe("0001-01-01T00:00:00Z")
const LAST = DateTime.makeUnsafe("9999-12-31T23:59:59.999Z")

const isInRange = Schema.makeFilter((at: DateTime.Utc) =>
  DateTime.between(at, { minimum: FIRST, maximum: LAST }) ? undefined : "must be in a year from 0001 to 9999"
)

/** An instant that somebody gives to be stored. */
export const StoredInstant = InstantOrDate.pipe(Schema.check(isInRange))
