/**
 * Lets pages of allowed origins use this API from the browser, with credentials, and no others: the answer names the
 * one origin that asked, never `*` (ASVS 3.4.2).
 */
import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { CurrentRequest } from "./CurrentRequest.ts"
import type { AllowedOrigins } from "./OriginCheck.ts"

const EXPOSED = "etag, link, location, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id"

const REQUEST_HEADERS = "authorization, content-type, idempotency-key, if-match, traceparent, tracestate, x-request-id"

/** How long a browser may remember the answer to a preflight: changes of the allowed origins work after this. */
const PREFLIGHT_SECONDS = "600"

export const cors = (origins: AllowedOrigins["Service"]) =>
  Effect.fnUntraced(function*<E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) {
    const { headers, method } = yield* HttpServerRequest.HttpServerRequest
    const { address } = yield* CurrentRequest
    const response = yield* app
    const vary = response.headers["vary"]
    const varied = HttpServerResponse.setHeader(response, "vary", vary === undefined ? "Origin" : `${vary}, Origin`)
    const { origin } = headers
    if (origin === undefined || !origins.has(origin)) return varied
    const isPreflight = method === "OPTIONS" && headers["access-control-request-method"] !== undefined
    return HttpServerResponse.setHeaders(varied, {
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      ...(isPreflight && address !== undefined
        ? {
          "access-control-allow-methods": address.allow,
          "access-control-allow-headers": REQUEST_HEADERS,
          "access-control-max-age": PREFLIGHT_SECONDS
        }
        : { "access-control-expose-headers": EXPOSED })
    })
  })
