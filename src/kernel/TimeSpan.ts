/** Spans of time as people write them. */
import { Duration, Option, Schema, SchemaTransformation } from "effect"

const inWords = /^\d+(?:\.\d+)? (?:milli|second|minute|hour|day|week)s?$/

/** The short units in the order they must be written in. */
const shortUnits = ["w", "d", "h", "m", "s", "ms"]

const UNIT_MILLIS: Readonly<Record<string, number>> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1
}

const inShort = new RegExp(`^(?=.)${shortUnits.map((unit) => `(?:\\d+(?:\\.\\d+)?${unit}(?![a-z]))?`).join("")}$`)

/** Converts `1h30m` to `5400000 millis`. */
const longForm = (text: string): string => {
  if (!inShort.test(text)) return text
  const parts = [...text.matchAll(/([\d.]+)([a-z]+)/g)]
  return `${parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MILLIS[unit ?? ""] ?? 0), 0)} millis`
}

const parseDuration = (text: string): Option.Option<Duration.Duration> =>
  inWords.test(text) || inShort.test(text)
    ? Schema.decodeOption(Schema.DurationFromString)(longForm(text))
    : Option.none()

/** A span of time with its unit, such as `30 days`, or in short, such as `30d` or `1h30m`. */
export const TimeSpan = (range: { readonly min: Duration.Input; readonly max: Duration.Input }) => {
  const within = Duration.between({
    minimum: Duration.fromInputUnsafe(range.min),
    maximum: Duration.fromInputUnsafe(range.max)
  })
  return Schema.String.check(Schema.makeFilter((text) =>
    Option.exists(parseDuration(text), within)
      ? undefined
      : `must be a time span such as "30 days", "90m" or "1h30m", from ${range.min} to ${range.max}`
  )).pipe(
    Schema.decode(SchemaTransformation.transform({ decode: longForm, encode: (text) => text })),
    Schema.decodeTo(Schema.DurationFromString)
  )
}

/** Whether two texts are time spans, the first of them the longer one. */
export const isLonger = (one: string | undefined, other: string | undefined): boolean =>
  Option.exists(
    Option.all([parseDuration(one ?? ""), parseDuration(other ?? "")]),
    ([first, second]) => Duration.isGreaterThan(first, second)
  )
