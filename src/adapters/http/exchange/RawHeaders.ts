import { Option, Predicate } from "effect"
import type { RequestHead } from "./RequestContext.ts"

/**
 * Every value a header was sent with.
 *
 * Node keeps only the first of several `Host` or `Authorization` headers. A proxy in front may have used another one,
 * and the two would then decide about different requests. So a decision by such a header has to see all of them.
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
 * The text of a header. Node decodes headers as Latin-1, but programs send UTF-8. So bytes that are valid UTF-8 are
 * decoded as UTF-8.
 */
export const headerText = (value: string): string =>
  bytesBeyondAscii.test(value) ? Option.getOrElse(decodeUtf8(Buffer.from(value, "latin1")), () => value) : value

/** Contains a byte beyond ASCII, and only characters that stand for bytes. */
// oxlint-disable-next-line no-control-regex
const bytesBeyondAscii = /^(?=[^]*[\x80-\xff])[\x00-\xff]*$/

const decodeUtf8 = Option.liftThrowable((bytes: Uint8Array) => utf8.decode(bytes))

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
