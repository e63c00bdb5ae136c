/**
 * Lets pages of allowed origins, and no others, use this API from the browser with credentials. The answer names the
 * one origin that asked, never `*` (ASVS 3.4.2).
 */
import type { AllowedOrigins } from "./OriginCheck.ts"
import type { ResponseHeaders } from "./RequestContext.ts"

/** The response headers that pages may read. */
export const EXPOSED = "etag, link, location, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id"

const REQUEST_HEADERS =
  "authorization, baggage, content-type, idempotency-key, identity-device, if-match, traceparent, tracestate, x-request-id"

/**
 * How long a browser may cache the answer to a preflight. A change of the allowed origins takes effect after this time.
 */
const PREFLIGHT_SECONDS = "600"

export const cors = (origins: AllowedOrigins["Service"]): ResponseHeaders => (headers, _response, request) => {
  const { vary } = headers
  headers["vary"] = vary === undefined ? "Origin" : `${vary}, Origin`
  const { origin } = request.headers
  if (origin === undefined || !origins.has(origin)) return
  headers["access-control-allow-origin"] = origin
  headers["access-control-allow-credentials"] = "true"
  const isPreflight = request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined
  if (isPreflight && request.route !== undefined) {
    headers["access-control-allow-methods"] = request.route.allow
    headers["access-control-allow-headers"] = REQUEST_HEADERS
    headers["access-control-max-age"] = PREFLIGHT_SECONDS
  } else {
    headers["access-control-expose-headers"] = EXPOSED
  }
}
