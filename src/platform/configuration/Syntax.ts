/** The syntaxes of settings. Messages continue the name of the setting and never repeat its text. */
import { Effect, Schema, SchemaGetter, SchemaIssue, SchemaTransformation } from "effect"
import { isIPv6 } from "node:net"
import { isLonger, TimeSpan } from "../../kernel/TimeSpan.ts"
import { WholeNumber } from "../../kernel/WholeNumber.ts"

export const Text = Schema.NonEmptyString.annotate({ message: "must not be empty" })

export const Port = WholeNumber({ min: 1, max: 65_535 })

export { isLonger, TimeSpan, WholeNumber }

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

const isHost = (text: string): boolean =>
  isIPv6(text) || (/^[0-9A-Za-z][0-9A-Za-z.-]*$/.test(text) && URL.canParse(`http://${text}`))

/** An address or name to listen on. */
export const Host = Schema.String.check(
  Schema.makeFilter((text) => isHost(text) ? undefined : "must be a host name or an IP address without a port")
)

/** An http or https address; undefined for any other text. */
export const httpUrl = (text: string): URL | undefined => {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined
}

const isPageUrl = (text: string): boolean => {
  const url = httpUrl(text)
  return url?.username === "" && url.password === ""
}

const isBaseUrl = (text: string): boolean => isPageUrl(text) && !/[?#]/.test(new URL(text).href)

/** The address of a site or of a folder in it, without slashes at its end. */
export const BaseUrl = Schema.String.check(
  Schema.makeFilter((text) =>
    isBaseUrl(text) ? undefined : "must be an http or https address without user, query or fragment"
  )
).pipe(Schema.decode(SchemaTransformation.transform({
  decode: (text) => new URL(text).href.replace(/(?<!\/)\/+$/, ""),
  encode: (text) => text
})))

/** The address of a page, query and fragment included. */
export const PageUrl = Schema.String.check(
  Schema.makeFilter((text) => isPageUrl(text) ? undefined : "must be an http or https address without user")
).pipe(Schema.decode(SchemaTransformation.transform({ decode: (text) => new URL(text).href, encode: (text) => text })))

/** App shells have schemes of their own, for which `URL` reports no origin. */
const appOrigin =
  /^(?:capacitor|ionic|tauri|chrome-extension|moz-extension):\/\/[0-9a-z-]+(?:\.[0-9a-z-]+)*(?::\d{1,5})?$/

const isOrigin = (text: string): boolean => appOrigin.test(text) || httpUrl(text)?.origin === text

export const listed = (text: string): ReadonlyArray<string> =>
  text.split(",").map((part) => part.trim()).filter((part) => part !== "")

/** Origins as browsers send them, comma separated. */
export const Origins = Schema.String.check(Schema.makeFilter((text) =>
  text.includes("*")
    ? "must name each origin in full: a * stands for nothing here"
    : listed(text).every(isOrigin)
    ? undefined
    : "must be a list of origins such as https://app.example.com, in lower case and without a path"
)).pipe(Schema.decodeTo(
  Schema.Array(Schema.String),
  SchemaTransformation.transform({ decode: listed, encode: (origins) => origins.join(",") })
))

/** One of a few words. */
export const OneOf = <const Word extends string>(words: ReadonlyArray<Word>) =>
  Schema.Literals(words).annotate({ message: `must be ${words.join(" or ")}` })

/** `true` or `false`. */
export const Switch = Schema.String.check(Schema.isPattern(/^(?:true|false)$/, { message: "must be true or false" }))
  .pipe(Schema.decodeTo(
    Schema.Boolean,
    SchemaTransformation.transform({ decode: (text) => text === "true", encode: String })
  ))
