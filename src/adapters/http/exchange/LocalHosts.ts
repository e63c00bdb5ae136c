/**
 * Keeps pages in a browser away from a listener that is not for them. A page can have its own name lead to an address
 * in its visitor's network and then read what is there as if it were its own. The browser still sends the page's name
 * as `Host`, and that is not what this listener is called.
 */
import { Equal, Option } from "effect"
import { NetAddress } from "effect/net"
import { parseAddress } from "../../../domain/model/IpAddress.ts"
import { MalformedRequest } from "../api/Problems.ts"
import { refuse } from "./Refusals.ts"
import type { Gate } from "./RequestContext.ts"

/** Lets requests through that name what the listener is configured to listen on, or a loopback name. */
export const localHosts = (configured: string): Gate => ({ headers }) => {
  const host = headers["host"]
  return host === undefined || isOwnHost(host, configured) ? undefined : refuse(MalformedRequest, EXPLANATION)
}

const EXPLANATION =
  "This listener does not answer to the name in `Host`: IDENTITY_MANAGEMENT_HOST says to which it does."

/** Whether a `Host` names a listener on `configured`. On all addresses, that is any address, and any local name. */
export const isOwnHost = (host: string, configured: string): boolean => {
  const [, bracketed, plain = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? []
  const address = parseAddress(bracketed ?? plain)
  const isEverywhere = configured === "0.0.0.0" || configured === "::"
  if (Option.isSome(address)) {
    const isWritten = (bracketed !== undefined) === NetAddress.isIpv6Address(address.value)
    return isWritten &&
      (isEverywhere || NetAddress.isLoopback(address.value) || Equal.equals(address, parseAddress(configured)))
  }
  return bracketed === undefined &&
    (loopbackName.test(plain) || plain.toLowerCase() === configured.toLowerCase() ||
      (isEverywhere && localName.test(plain)))
}

const loopbackName = /^(?:[\w.-]+\.)?localhost$/i

/** Names of one label, as of containers, and those below top-level domains that are set apart (RFC 6762, ICANN). */
const localName = /^[\w-]+$|^[\w.-]+\.(?:local|internal)$/i
