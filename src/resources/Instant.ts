import { Schema } from "effect"

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
