/**
 * Reads the request of a visitor: who sent it, with what, and from where.
 *
 * Only what the service needs is taken from it. Other cookies, other kinds of `Authorization` and headers by which a
 * gateway vouches for something stay here.
 */

/** Headers as Fetch has them, or as an object. Names of an object may be in any case. */
export type HeaderFields = FetchHeaders | HeaderRecord

interface FetchHeaders {
  readonly get: (name: string) => string | null
}

interface HeaderRecord {
  readonly [name: string]: string | ReadonlyArray<string> | undefined
}

/** What a Fetch `Request` and Node's `IncomingMessage` have in common. */
export interface RequestHead {
  readonly method?: string | undefined
  readonly headers: HeaderFields
}

/**
 * The request of a visitor: a Fetch `Request`, Node's `IncomingMessage`, any other object with `method` and `headers`,
 * or the headers alone. Without its method, a request counts as one that changes something.
 */
export type Visitor = RequestHead | HeaderFields

export type Fields = (name: string) => string | undefined

const isRequest = (visitor: Visitor): visitor is RequestHead =>
  "headers" in visitor && typeof visitor.headers === "object"

const isFetchHeaders = (headers: HeaderFields): headers is FetchHeaders => typeof headers.get === "function"

/** The headers of a visitor's request, by names in lower case. */
export const fieldsOf = (visitor: Visitor): Fields => {
  const headers = isRequest(visitor) ? visitor.headers : visitor
  if (isFetchHeaders(headers)) return (name) => headers.get(name) ?? undefined
  const fields = new Map<string, string>()
  for (const [written, value = []] of Object.entries(headers)) {
    const name = written.toLowerCase()
    const values = [fields.get(name) ?? [], value].flat()
    if (values.length > 0) fields.set(name, values.join(name === "cookie" ? "; " : ", "))
  }
  return (name) => fields.get(name)
}

/**
 * Whether a request changes nothing, so that a cookie counts wherever it comes from. What opens a WebSocket is a `GET`,
 * but browsers let any page open one with the cookie, and it may carry anything.
 */
export const changesNothing = (visitor: Visitor, fields: Fields): boolean =>
  isRequest(visitor) && SAFE.includes(visitor.method ?? "") &&
  fields("upgrade") === undefined && fields("sec-websocket-key") === undefined

const SAFE = ["GET", "HEAD", "OPTIONS"]

const SESSION_COOKIE = "__Host-identity-session"

const DEVICE_COOKIE = "__Host-identity-device"

const BEARER = /(?:^|,)[ \t]*bearer(?: |$)/i

/** In characters. A token has at most 128, and some visitors send two. Nothing longer is a session's. */
const CREDENTIALS_MAX = 4096

/** The headers by which a request may prove a session. `undefined` if there are none. */
export const credentialsOf = (fields: Fields): Record<string, string> | undefined => {
  const headers = { ...authorizationOf(fields), ...cookiesOf(fields, [SESSION_COOKIE]) }
  const { length } = Object.values(headers).join("")
  return length === 0 || length > CREDENTIALS_MAX ? undefined : headers
}

/** The headers of a visitor's request that count when the service is asked to do something for them. */
export const handedOn = (visitor: Visitor): Record<string, string> => {
  const fields = fieldsOf(visitor)
  return {
    ...authorizationOf(fields),
    ...cookiesOf(fields, [SESSION_COOKIE, DEVICE_COOKIE]),
    ...picked(fields, [...ORIGIN, ...TRACE, "identity-device", "user-agent"])
  }
}

/** By which browsers say where a request comes from. */
export const ORIGIN = ["origin", "sec-fetch-site"]

/** By which logs and traces of several programs are joined. */
export const TRACE = ["traceparent", "tracestate", "x-request-id"]

export const picked = (fields: Fields, names: ReadonlyArray<string>): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => {
    const value = fields(name)
    return value === undefined ? [] : [[name, value]]
  }))

const authorizationOf = (fields: Fields): Record<string, string> => {
  const authorization = fields("authorization") ?? ""
  return BEARER.test(authorization) ? { authorization } : {}
}

const cookiesOf = (fields: Fields, names: ReadonlyArray<string>): Record<string, string> => {
  const cookie = (fields("cookie") ?? "").split(";").map((pair) => pair.trim())
    .filter((pair) => names.some((name) => pair.startsWith(`${name}=`))).join("; ")
  return cookie === "" ? {} : { cookie }
}
