/**
 * The headers every response carries, whatever it says (ASVS 3.4, 14.3.2).
 *
 * Answers are about one caller, so nobody stores them. They are data: should a browser ever be led to render one, it
 * runs, loads and frames nothing. Pages that are meant to be read bring a policy of their own.
 */
import type { RequestHead } from "./CurrentRequest.ts"
import type { Dressing } from "./Exchange.ts"

const POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

const always = {
  "cache-control": "no-store",
  "content-security-policy": POLICY,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** Two years, as the preload lists ask. Browsers heed it over TLS only. */
const hsts = { "strict-transport-security": "max-age=63072000; includeSubDomains" }

/** What of them is the same on every response. */
export const fixedHeaders = (overTls: boolean): Readonly<Record<string, string>> =>
  overTls ? { ...always, ...hsts } : always

export const securityHeaders = (options: {
  readonly overTls: boolean
  /** Whether the client is told to open a new connection for its next request, which then reaches another server. */
  readonly isLast: (request: RequestHead) => boolean
}): Dressing => {
  const fixed = Object.entries(fixedHeaders(options.overTls))
  return (headers, response, request, facts) => {
    for (const [name, value] of fixed) headers[name] = value
    const policy = response.headers["content-security-policy"]
    if (policy !== undefined) headers["content-security-policy"] = policy
    headers["x-request-id"] = facts.id
    if (options.isLast(request)) headers["connection"] = "close"
  }
}
