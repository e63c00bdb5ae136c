import { Option, Predicate } from "effect"
import type { RequestHead } from "./RequestContext.ts"

/**
 * Every value a header was sent with.
 *
 * Node keeps only the first of several `Host` or `Authorization` headers. A proxy in front may have looked at another
 * one, and then both would have decided about different requests. So a decision by such a header has to see all of
 * them.
 */
export const headerValues = (request: RequestHead, name: string): ReadonlyArray<string> => {
  const source: unknown = request.source
  if (!Predicate.hasProperty(source, "rawHeaders") || !Array.isArray(source.rawHeaders)) {
    const value = request.headers[name]
    return value === undefined ? [] : [value]
  }
  const raw: ReadonlyArray<unknown> = source.rawHeaders
  const values: Array<string> = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const key = raw[index]
    const value = raw[index + 1]
    if (Predicate.isString(key) && Predicate.isString(value) && isNamed(key, name)) values.push(value)
  }
  return values
}

const isNamed = (key: string, name: string): boolean => key.length === name.length && key.toLowerCase() === name

/**
 * The text of a header. Node takes each byte for a character of Latin-1, but what programs send beyond ASCII is UTF-8,
 * and is read as such if it can be.
 */
export const headerText = (value: string): string =>
  bytesBeyondAscii.test(value) ? Option.getOrElse(decodeUtf8(Buffer.from(value, "latin1")), () => value) : value

/** Some byte beyond ASCII, and nothing that is no byte. */
// oxlint-disable-next-line no-control-regex
const bytesBeyondAscii = /^(?=[^]*[\x80-\xff])[\x00-\xff]*$/

const decodeUtf8 = Option.liftThrowable((bytes: Uint8Array) => utf8.decode(bytes))

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
