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
  const bearer = headerValues(request, "authorization").flatMap(bearerTokens)
  const cookies = sessionCookies(request.headers["cookie"])
  const token = bearer[0] ?? cookies[0]
  if (token === undefined) return undefined
  const isToken = (presented: string) => presented === token
  if (!bearer.every(isToken) || !cookies.every(isToken)) return "ambiguous"
  return { token: Redacted.make(token, REDACTION), byCookie: bearer.length === 0 }
}

const REDACTION = { label: "SessionToken" }

// Some clients join several headers of one name by commas. No token contains one.
const bearerTokens = (value: string): ReadonlyArray<string> =>
  value.includes(",") ? value.split(",").flatMap(bearerToken) : bearerToken(value)

const scheme = /^bearer(?: +|$)/i

const bearerToken = (value: string): ReadonlyArray<string> => {
  const trimmed = value.trim()
  const found = scheme.exec(trimmed)
  return found === null ? NONE : [trimmed.slice(found[0].length)]
}

const NONE: ReadonlyArray<string> = []

// Values are taken as they stand: decoding them would give one token several spellings.
const sessionCookies = (header: string | undefined): ReadonlyArray<string> =>
  header === undefined
    ? NONE
    : header.split(";").map((pair) => pair.trim()).filter((pair) => pair.startsWith(`${SESSION_COOKIE}=`))
      .map((pair) => pair.slice(SESSION_COOKIE.length + 1))
