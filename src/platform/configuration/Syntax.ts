/** The syntaxes of settings. Messages continue the name of the setting and never repeat its text. */
import { Duration, Effect, Option, Schema, SchemaGetter, SchemaIssue, SchemaTransformation } from "effect"
import { WholeNumber } from "../../kernel/WholeNumber.ts"

export const Text = Schema.NonEmptyString.annotate({ message: "must not be empty" })

export const Port = WholeNumber({ min: 1, max: 65_535 })

export { WholeNumber }

/** A text that is trimmed and parsed. `message` is the problem when `parse` returns `undefined`. */
export const Parsed = <A>(value: Schema.Codec<A>, parse: (text: string) => A | undefined, message: string) =>
  Schema.Trim.pipe(Schema.decodeTo(value, {
    decode: SchemaGetter.transformEffect((text: string) => {
      const parsed = parse(text)
      // The issue is made without its input, which may be a secret.
      return parsed === undefined ? Effect.fail(new SchemaIssue.InvalidValue({ message })) : Effect.succeed(parsed)
    }),
    encode: SchemaGetter.forbidden<string, A>(() => "settings are not written back")
  }))

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
  return Schema.String.pipe(
    Schema.check(Schema.makeFilter((text) =>
      Option.exists(parseDuration(text), within)
        ? undefined
        : `must be a time span such as "30 days", "90m" or "1h30m", from ${range.min} to ${range.max}`
    )),
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

/** An address or name to listen on. */
export const Host = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^(?:[0-9A-Za-z][0-9A-Za-z.-]*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.%]*)$/, {
    message: "must be a host name or an IP address without a port"
  }))
)

const isPageUrl = (text: string): boolean => {
  const url = URL.parse(text)
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") && url.username === "" &&
    url.password === ""
}

const isBaseUrl = (text: string): boolean => isPageUrl(text) && !/[?#]/.test(new URL(text).href)

/** The address of a site or of a folder in it, without slashes at its end. */
export const BaseUrl = Schema.String.pipe(
  Schema.check(
    Schema.makeFilter((text) =>
      isBaseUrl(text) ? undefined : "must be an http or https address without user, query or fragment"
    )
  ),
  Schema.decode(SchemaTransformation.transform({
    decode: (text) => new URL(text).href.replace(/(?<!\/)\/+$/, ""),
    encode: (text) => text
  }))
)

/** The address of a page, query and fragment included. */
export const PageUrl = Schema.String.pipe(
  Schema.check(
    Schema.makeFilter((text) => isPageUrl(text) ? undefined : "must be an http or https address without user")
  ),
  Schema.decode(SchemaTransformation.transform({ decode: (text) => new URL(text).href, encode: (text) => text }))
)

/** App shells have schemes of their own, for which `URL` reports no origin. */
const appOrigin =
  /^(?:capacitor|ionic|tauri|chrome-extension|moz-extension):\/\/[0-9a-z-]+(?:\.[0-9a-z-]+)*(?::\d{1,5})?$/

const isOrigin = (text: string): boolean => {
  const url = URL.parse(text)
  return appOrigin.test(text) ||
    (url !== null && (url.protocol === "http:" || url.protocol === "https:") && url.origin === text)
}

export const listed = (text: string): ReadonlyArray<string> =>
  text.split(",").map((part) => part.trim()).filter((part) => part !== "")

/** Origins as browsers send them, comma separated. */
export const Origins = Schema.String.pipe(
  Schema.check(Schema.makeFilter((text) =>
    text.includes("*")
      ? "must name each origin in full: a * stands for nothing here"
      : listed(text).every(isOrigin)
      ? undefined
      : "must be a list of origins such as https://app.example.com, in lower case and without a path"
  )),
  Schema.decodeTo(
    Schema.Array(Schema.String),
    SchemaTransformation.transform({ decode: listed, encode: (origins) => origins.join(",") })
  )
)

/** One of a few words. */
export const OneOf = <const Word extends string>(words: ReadonlyArray<Word>) =>
  Schema.Literals(words).annotate({ message: `must be ${words.join(" or ")}` })

/** `true` or `false`. */
export const Switch = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^(?:true|false)$/, { message: "must be true or false" })),
  Schema.decodeTo(
    Schema.Boolean,
    SchemaTransformation.transform({ decode: (text) => text === "true", encode: String })
  )
)
