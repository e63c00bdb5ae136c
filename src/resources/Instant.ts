import { DateTime, Schema } from "effect"

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

const FIRST = DateTime.makeUnsafe("0001-01-01T00:00:00Z")
const LAST = DateTime.makeUnsafe("9999-12-31T23:59:59.999Z")

const isInRange = Schema.makeFilter((at: DateTime.Utc) =>
  DateTime.between(at, { minimum: FIRST, maximum: LAST }) ? undefined : "must be in a year from 0001 to 9999"
)

/** An instant that somebody gives to be stored. */
export const storedInstant = (meaning: string) => instant(meaning).pipe(Schema.check(isInRange))
