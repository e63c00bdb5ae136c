/**
 * Keeps pages in a browser away from a listener that is not for them. A page can have its own name lead to an address
 * in its visitor's network and then read what is there as if it were its own. The browser still sends the page's name
 * as `Host`, and no page has one that only counts in a network of one's own.
 */
import { isIP } from "node:net"
import { MalformedRequest } from "../api/Problems.ts"
import { refuse } from "./Refusals.ts"
import type { Gate } from "./RequestContext.ts"

/** Lets requests through that name an address, the configured host, or a name that nobody can have in public. */
export const localHosts = (configured: string): Gate => ({ headers }) => {
  const host = headers["host"]
  return host === undefined || isLocal(host, configured) ? undefined : refuse(MalformedRequest, EXPLANATION)
}

const EXPLANATION = "This listener answers to addresses and local names only, not to the name in `Host`."

const isLocal = (host: string, configured: string): boolean => {
  const [, bracketed, plain = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? []
  if (bracketed !== undefined) return isIP(bracketed) === 6
  return isIP(plain) === 4 || plain.toLowerCase() === configured.toLowerCase() || localName.test(plain)
}

/**
 * Names of one label, as of containers, and those below top-level domains that are set apart (RFC 6761, RFC 6762,
 * ICANN).
 */
const localName = /^[\w-]+$|^[\w.-]+\.(?:local|localhost|internal)$/i
