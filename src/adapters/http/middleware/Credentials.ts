/**
 * Reads the session token a request presents.
 *
 * A request may carry its token twice, say as a cookie and as a bearer token. It may not carry two different ones: each
 * party that looks at it could believe another caller (ASVS 4.2.1). Nothing in a URL or a body is ever looked at.
 */
import { Redacted } from "effect"
import type { HttpServerRequest } from "effect/http"
import { SESSION_COOKIE } from "../api/Authentication.ts"
import { headerValues } from "./RawHeaders.ts"

export interface Credential {
  readonly token: Redacted.Redacted<string>
  /** Whether the cookie alone carries it, which a browser sends on behalf of any page. */
  readonly byCookie: boolean
}

/** The one token a request presents, if any, or the verdict that it presents several. */
export const readCredential = (
  request: HttpServerRequest.HttpServerRequest
): Credential | "ambiguous" | undefined => {
  const bearer = new Set(headerValues(request, "authorization").flatMap(bearerTokens))
  const cookies = new Set(sessionCookies(request.headers["cookie"]))
  const [token, ...others] = new Set([...bearer, ...cookies])
  if (token === undefined) return undefined
  if (others.length > 0) return "ambiguous"
  return { token: Redacted.make(token, { label: "SessionToken" }), byCookie: bearer.size === 0 }
}

const scheme = /^bearer(?: +|$)/i

// Some clients join several headers of one name by commas. No token contains one.
const bearerTokens = (value: string): ReadonlyArray<string> =>
  value.split(",").map((part) => part.trim()).filter((part) => scheme.test(part)).map((part) =>
    part.replace(scheme, "")
  )

// Values are taken as they stand: decoding them would give one token several spellings.
const sessionCookies = (header: string | undefined): ReadonlyArray<string> =>
  header === undefined
    ? []
    : header.split(";").map((pair) => pair.trim()).filter((pair) => pair.startsWith(`${SESSION_COOKIE}=`))
      .map((pair) => pair.slice(SESSION_COOKIE.length + 1))
