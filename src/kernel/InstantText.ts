import { DateTime } from "effect"
import { remember } from "./Memo.ts"

const DAY_MS = 24 * 60 * 60 * 1000

const numbers = (count: number, digits: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, number) => String(number).padStart(digits, "0"))

const twoDigits = numbers(60, 2)
const threeDigits = numbers(1000, 3)

const dateText = remember(1000, (day: number) => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(day * DAY_MS)))

/**
 * The one text form of an instant: RFC 3339 in UTC with milliseconds and `Z`. It always has 24 characters, so instants
 * also sort as text. `DateTime.formatIso` takes ten times as long, and each session check writes five instants.
 */
export const instantText = (instant: DateTime.Utc): string => millisText(DateTime.toEpochMillis(instant))

/** The same for whole milliseconds since 1970. */
export const millisText = (millis: number): string => {
  const day = Math.floor(millis / DAY_MS)
  const rest = millis - day * DAY_MS
  const hour = twoDigits[Math.floor(rest / 3_600_000)]
  const minute = twoDigits[Math.floor(rest / 60_000) % 60]
  return `${dateText(day)}T${hour}:${minute}:${twoDigits[Math.floor(rest / 1000) % 60]}.${threeDigits[rest % 1000]}Z`
}
