/**
 * Protects the management listener from web pages (DNS rebinding). A page can point its own host name at an address in
 * its visitor's network, and the browser then lets it read what is there. But the browser sends the page's name as
 * `Host`, and that isn't a name of this listener.
 */
import { Equal, Option } from "effect"
import { NetAddress } from "effect/net"
import { parseAddress } from "../../../domain/model/IpAddress.ts"
import { MalformedRequest } from "../api/Problems.ts"
import { refuse } from "./Refusals.ts"
import type { Gate } from "./RequestContext.ts"

/** Lets requests through whose `Host` is the address the listener is configured with, or a loopback name. */
export const localHosts = (configured: string): Gate => ({ headers }) => {
  const host = headers["host"]
  return host === undefined || isOwnHost(host, configured) ? undefined : refuse(MalformedRequest, EXPLANATION)
}

const EXPLANATION =
  "This listener does not answer to the name in `Host`: IDENTITY_MANAGEMENT_HOST says to which it does."

/**
 * Whether a `Host` names a listener on `configured`. A listener on all addresses accepts any address and any local
 * name.
 */
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

/** Names of one label, such as those of containers, and names below reserved top-level domains (RFC 6762, ICANN). */
const localName = /^[\w-]+$|^[\w.-]+\.(?:local|internal)$/i
