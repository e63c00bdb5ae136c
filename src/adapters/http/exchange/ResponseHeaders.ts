/**
 * The headers that every response carries (ASVS 3.4, 14.3.2), and those that its status requires.
 *
 * Responses are about one caller, so no cache may store them. They are data: a browser that is tricked into rendering
 * one runs, loads and frames nothing. Pages for people set their own policy.
 */
import type { ResponseHeaders } from "./RequestContext.ts"

const always = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** Two years, as preload lists require. Browsers obey it over TLS only. */
const hsts = { "strict-transport-security": "max-age=63072000; includeSubDomains" }

export const fixedHeaders = (overTls: boolean): Readonly<Record<string, string>> =>
  overTls ? { ...always, ...hsts } : always

/** Short enough for a store that restarted, long enough not to overload it. */
const RETRY_AFTER_SECONDS = "1"

/** The headers that RFC 9110 requires with some statuses. */
export const requiredHeaders: ResponseHeaders = (headers, { status }, { route }) => {
  switch (status) {
    case 401:
      // The response may say more.
      headers["www-authenticate"] ??= "Bearer"
      break
    case 405:
      headers["allow"] = route?.allow ?? ""
      break
    case 408:
      headers["connection"] = "close"
      break
    case 503:
      // The response may have set a better estimate.
      headers["retry-after"] ??= RETRY_AFTER_SECONDS
      break
    default:
  }
}
