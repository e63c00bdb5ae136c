/**
 * The headers every response carries, whatever it says (ASVS 3.4, 14.3.2), and those that its status asks for.
 *
 * Answers are about one caller, so nobody stores them. They are data: should a browser ever be led to render one, it
 * runs, loads and frames nothing. Pages that are meant to be read bring a policy of their own.
 */
import type { RequestContext, ResponseHeaders } from "./RequestContext.ts"

const always = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** Two years, as the preload lists ask. Browsers heed it over TLS only. */
const hsts = { "strict-transport-security": "max-age=63072000; includeSubDomains" }

export const fixedHeaders = (overTls: boolean): Readonly<Record<string, string>> =>
  overTls ? { ...always, ...hsts } : always

/** Tells the client to open a new connection for its next request, which then reaches another server. */
export const lastOfConnection =
  (isLast: (request: RequestContext) => boolean): ResponseHeaders => (headers, _response, request) => {
    if (isLast(request)) headers["connection"] = "close"
  }

/** Soon enough for a restarted store, late enough not to be a hammer. */
const RETRY_AFTER_SECONDS = "1"

/** What RFC 9110 asks of some statuses. */
export const requiredHeaders: ResponseHeaders = (headers, { status }, { route }) => {
  switch (status) {
    case 401:
      headers["www-authenticate"] = "Bearer"
      break
    case 405:
      headers["allow"] = route?.allow ?? ""
      break
    case 408:
      headers["connection"] = "close"
      break
    case 503:
      // The answer itself may know better.
      headers["retry-after"] ??= RETRY_AFTER_SECONDS
      break
    default:
  }
}
