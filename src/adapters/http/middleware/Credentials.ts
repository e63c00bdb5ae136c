/**
 * Reads the session token a request presents.
 *
 * A request may carry its token twice, say as a cookie and as a bearer token. It may not carry two different ones: each
 * party that looks at it could believe another caller (ASVS 15.3.7). Nothing in a URL or a body is ever looked at.
 */
import { Redacted } from "effect"
import { SESSION_COOKIE } from "../api/Authentication.ts"
import type { RequestHead } from "./CurrentRequest.ts"
import { headerValues } from "./RawHeaders.ts"

export interface Credential {
  readonly token: Redacted.Redacted<string>
  /** Whether the cookie alone carries it, which a browser sends on behalf of any page. */
  readonly byCookie: boolean
}

/** The one token a request presents, if any, or the verdict that it presents several. */
export const readCredential = (
  request: RequestHead
): Credential | "ambiguous" | undefined => {
  const presented: Array<string> = []
  for (const value of headerValues(request, "authorization")) presentBearerTokens(value, presented)
  const byCookie = presented.length === 0
  presentCookies(request.headers["cookie"], COOKIE_PREFIX, presented)
  const [token] = presented
  if (token === undefined) return undefined
  for (const other of presented) if (other !== token) return "ambiguous"
  return { token: Redacted.make(token, REDACTION), byCookie }
}

const REDACTION = { label: "SessionToken" }

// Some clients join several headers of one name by commas. No token contains one.
const presentBearerTokens = (value: string, presented: Array<string>): void => {
  if (!value.includes(",")) return presentBearerToken(value, presented)
  for (const part of value.split(",")) presentBearerToken(part, presented)
}

const scheme = /^bearer(?: +|$)/i

const presentBearerToken = (value: string, presented: Array<string>): void => {
  const trimmed = value.trim()
  const found = scheme.exec(trimmed)
  if (found !== null) presented.push(trimmed.slice(found[0].length))
}

const COOKIE_PREFIX = `${SESSION_COOKIE}=`

/** Adds every value of a cookie as it stands: decoding would give one secret several spellings. */
export const presentCookies = (header: string | undefined, prefix: string, presented: Array<string>): void => {
  if (header === undefined) return
  for (const pair of header.split(";")) {
    const trimmed = pair.trim()
    if (trimmed.startsWith(prefix)) presented.push(trimmed.slice(prefix.length))
  }
}
