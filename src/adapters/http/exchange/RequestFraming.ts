/**
 * Refuses requests whose target or framing a proxy and this server could read differently (ASVS 4.2.1).
 *
 * Node's parser already refuses contradicting lengths. It accepts a request without a host, with two hosts, and with
 * another host in its target. An attacker could use that where a proxy routes by one host and the server answers by the
 * other.
 */
import { Predicate } from "effect"
import type { IpNetwork } from "effect/net"
import { MalformedRequest } from "../api/Problems.ts"
import { isContradictory } from "./ClientAddress.ts"
import { headerValues } from "./RawHeaders.ts"
import { refuse } from "./Refusals.ts"
import type { Gate, RequestHead } from "./RequestContext.ts"

export const requestFraming: Gate = (request) => refuseIf(findFault(request))

/** For probes: old load balancers speak HTTP/1.0, which has no `Host`. */
export const probeFraming: Gate = (request) =>
  refuseIf(findFault(request, request.route !== undefined && PROBES.has(request.route.template)))

/** If the headers name two clients, the proxy wrote one and passed on what a stranger wrote in the other. */
export const forwardedFraming = (trusted: ReadonlyArray<IpNetwork.IpNetwork>): Gate => (request) =>
  isContradictory(request, trusted)
    ? refuse(MalformedRequest, "`Forwarded` and `X-Forwarded-For` tell of different clients.")
    : undefined

const PROBES = new Set(["/livez", "/readyz"])

const refuseIf = (fault: string | undefined) => fault === undefined ? undefined : refuse(MalformedRequest, fault)

const findFault = (request: RequestHead, isProbe = false): string | undefined => {
  const source: unknown = request.source
  if (!Predicate.hasProperty(source, "url") || !Predicate.hasProperty(source, "httpVersionMajor")) return undefined
  if (!Predicate.isString(source.url) || !source.url.startsWith("/")) {
    return "The request target has to be a path; it must not name a host."
  }
  if (headerValues(request, "content-type").length > 1) return "The request has more than one `Content-Type`."
  if (source.httpVersionMajor !== 1) return undefined
  const hosts = headerValues(request, "host")
  if (hosts.length === 1 && hosts[0] !== "") return undefined
  if (hosts.length === 0 && isProbe && Predicate.hasProperty(source, "httpVersion") && source.httpVersion === "1.0") {
    return undefined
  }
  return hosts.length > 1 ? "The request names more than one host." : "The request names no host."
}
