/**
 * Reads the session token a request presents.
 *
 * A request may carry its token twice, for example as a cookie and as a bearer token. It may not prove two different
 * sessions, because two parties could then believe in different callers (ASVS 15.3.7). A browser keeps sending its
 * cookie, and scripts can't remove it. So a cookie that proves nothing is ignored beside a bearer token. Tokens in URLs
 * or bodies are never read.
 */
import { Redacted } from "effect"
import { SESSION_COOKIE } from "../api/Authentication.ts"
import { headerValues } from "../exchange/RawHeaders.ts"
import type { RequestHead } from "../exchange/RequestContext.ts"

export interface Credential {
  readonly token: Redacted.Redacted<string>
  /** Whether only the cookie carries the token. A browser sends the cookie on behalf of any page. */
  readonly byCookie: boolean
  /** The cookie's token, when it differs from the bearer token. */
  readonly beside?: Redacted.Redacted<string>
}

/** The token that a request presents, if any, or the finding that it presents several in the same way. */
export const readCredential = (
  request: RequestHead
): Credential | "ambiguous" | undefined => {
  const presented: Array<string> = []
  for (const value of headerValues(request, "authorization")) presentBearerTokens(value, presented)
  const byBearer = presented.length
  presentCookies(request.headers["cookie"], COOKIE_PREFIX, presented)
  const [token] = presented
  if (token === undefined) return undefined
  if (!areAlike(presented, 0, byBearer) || !areAlike(presented, byBearer, presented.length)) return "ambiguous"
  const credential = { token: Redacted.make(token, REDACTION), byCookie: byBearer === 0 }
  const cookie = presented[byBearer]
  return cookie === undefined || cookie === "" || cookie === token
    ? credential
    : { ...credential, beside: Redacted.make(cookie, REDACTION) }
}

/** Whether a request carries the session cookie, whatever its value. */
export const hasSessionCookie = ({ headers }: RequestHead): boolean => {
  const presented: Array<string> = []
  presentCookies(headers["cookie"], COOKIE_PREFIX, presented)
  return presented.length > 0
}

const areAlike = (tokens: ReadonlyArray<string>, from: number, to: number): boolean => {
  for (let index = from + 1; index < to; index++) if (tokens[index] !== tokens[from]) return false
  return true
}

const REDACTION = { label: "SessionToken" }

// Some clients join several headers of the same name with commas. No token contains a comma.
const presentBearerTokens = (value: string, presented: Array<string>): void => {
  if (!value.includes(",")) return presentBearerToken(value, presented)
  for (const part of value.split(",")) presentBearerToken(part, presented)
}

const scheme = /^bearer(?: +|$)/i

const presentBearerToken = (value: string, presented: Array<string>): void => {
  const trimmed = withoutSpace(value)
  const found = scheme.exec(trimmed)
  if (found !== null) presented.push(trimmed.slice(found[0].length))
}

/** A header value without surrounding spaces and tabs. Other white space is part of the value. */
const withoutSpace = (text: string): string => {
  let [from, to] = [0, text.length]
  while (from < to && isSpace(text.charCodeAt(from))) from += 1
  while (from < to && isSpace(text.charCodeAt(to - 1))) to -= 1
  return text.slice(from, to)
}

const isSpace = (code: number): boolean => code === SPACE || code === TAB

const [SPACE, TAB] = [0x20, 0x09]

const COOKIE_PREFIX = `${SESSION_COOKIE}=`

/** Adds every value of a cookie, undecoded. Decoding would give one secret several spellings. */
export const presentCookies = (header: string | undefined, prefix: string, presented: Array<string>): void => {
  if (header === undefined) return
  for (const pair of header.split(";")) {
    const trimmed = withoutSpace(pair)
    if (trimmed.startsWith(prefix)) presented.push(trimmed.slice(prefix.length))
  }
}
