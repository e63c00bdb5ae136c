import { DateTime, Schema } from "effect"
import { remember } from "../../../domain/model/Memo.ts"

/**
 * An instant on the wire: RFC 3339 in UTC with milliseconds and `Z`, always 24 characters, so instants also sort as
 * text.
 */
export const Instant = Schema.DateTimeUtcFromString.pipe(
  Schema.annotateEncoded({
    description: "RFC 3339, UTC, with milliseconds",
    format: "date-time",
    examples: ["2026-03-01T12:00:00.123Z"]
  })
)

/**
 * The same text as `Instant` encodes to, made in a tenth of the time. The date is remembered by its day, of which
 * sessions have as many as they live.
 */
export const instantText = (instant: DateTime.Utc): string => {
  const millis = DateTime.toEpochMillis(instant)
  const day = Math.floor(millis / DAY_MS)
  const rest = millis - day * DAY_MS
  const hour = twoDigits[Math.floor(rest / 3_600_000)]
  const minute = twoDigits[Math.floor(rest / 60_000) % 60]
  return `${dateText(day)}T${hour}:${minute}:${twoDigits[Math.floor(rest / 1000) % 60]}.${threeDigits[rest % 1000]}Z`
}

const DAY_MS = 24 * 60 * 60 * 1000

const numbers = (count: number, digits: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, number) => String(number).padStart(digits, "0"))

const twoDigits = numbers(60, 2)
const threeDigits = numbers(1000, 3)

const dateText = remember(1000, (day: number) => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(day * DAY_MS)))
