import { DateTime, Option } from "effect"
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

/** Base36 digits of an instant in milliseconds: enough beyond the year 5000. */
export const INSTANT_DIGITS = 9

/** A short text form of an instant, which sorts, too. */
export const instantDigits = (instant: DateTime.Utc): string =>
  DateTime.toEpochMillis(instant).toString(36).padStart(INSTANT_DIGITS, "0")

export const instantOfDigits = (digits: string): DateTime.Utc => DateTime.makeUnsafe(Number.parseInt(digits, 36))

const written = /^\d{4}-\d{2}-\d{2}(?:[Tt](?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2}))?$/

/** Whether the day exists. Parsing would move the 31st of a short month into the next month. */
const isDay = (text: string): boolean =>
  Option.exists(DateTime.make(text), (day) => DateTime.formatIsoDateUtc(day) === text)

/** Parses an RFC 3339 instant, or a date, which is its first instant in UTC. */
export const parseInstant = (text: string): Option.Option<DateTime.Utc> =>
  written.test(text) && isDay(text.slice(0, 10)) ? Option.map(DateTime.make(text), DateTime.toUtc) : Option.none()
