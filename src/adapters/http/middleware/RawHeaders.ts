import { Predicate } from "effect"
import type { RequestHead } from "./CurrentRequest.ts"

/**
 * Every value a header was sent with.
 *
 * Node keeps only the first of several `Host` or `Authorization` headers. A proxy in front may have looked at another
 * one, and then both would have decided about different requests; so whoever decides by such a header has to see all
 * of them.
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
