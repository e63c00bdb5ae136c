/**
 * The address of the client that sent a request.
 *
 * Anybody can write `X-Forwarded-For` or `Forwarded`, so only what a configured proxy appended counts. Read from the
 * right, the first hop that isn't such a proxy is the client (ASVS 4.1.3). An entry that isn't an address ends the
 * search, because nothing to its left can be trusted. When both headers are present, the proxy wrote one and passed the
 * other on. The server can't know which, so both have to name the same client.
 */
import { Effect, Option, Result, Schema, SchemaIssue, SchemaTransformation } from "effect"
import { IpNetwork, NetAddress } from "effect/net"
import { isWithin, parseAddress, parseNetwork, unmapped } from "../../../domain/model/IpAddress.ts"
import { forwardedHops } from "./Forwarded.ts"
import type { RequestHead } from "./RequestContext.ts"

/** The setting's format: CIDRs, separated by commas. An address without a prefix length is a network of one. */
export const TrustedProxies = Schema.String.pipe(
  Schema.decodeTo(
    Schema.Array(Schema.declare(IpNetwork.isIpNetwork)),
    SchemaTransformation.transformEffect<ReadonlyArray<IpNetwork.IpNetwork>, string>({
      decode: (text) =>
        Effect.forEach(text.split(",").map((part) => part.trim()).filter((part) => part !== ""), trustedNetwork),
      encode: (networks) => Effect.succeed(networks.map(IpNetwork.format).join(","))
    })
  )
)

const trustedNetwork = (text: string): Effect.Effect<IpNetwork.IpNetwork, SchemaIssue.Issue> =>
  Effect.mapError(
    Effect.fromOption(parseNetwork(text)),
    () => new SchemaIssue.InvalidValue({ message: "must be a list of CIDRs such as 10.0.0.0/8" })
  )

/** The client's address, with IPv4-mapped IPv6 addresses folded to IPv4 so that one client has one name. */
export const clientAddress = (
  request: RequestHead,
  trusted: ReadonlyArray<IpNetwork.IpNetwork>
): string | undefined => {
  const peer = Option.getOrUndefined(request.remoteAddress)
  if (peer === undefined) return undefined
  if (trusted.length === 0) return unmapped(peer)
  const { forwarded, "x-forwarded-for": listed } = request.headers
  if (forwarded === undefined) {
    return listed === undefined
      ? unmapped(peer)
      : clientIn(listedHops(listed), peer, trusted)
  }
  const client = clientIn(forwardedHops(forwarded, HOPS_MAX), peer, trusted)
  return listed === undefined || client === clientIn(listedHops(listed), peer, trusted) ? client : unmapped(peer)
}

/** Whether a trusted proxy sent both headers and they name different clients. */
export const isContradictory = (request: RequestHead, trusted: ReadonlyArray<IpNetwork.IpNetwork>): boolean => {
  const { forwarded, "x-forwarded-for": listed } = request.headers
  const peer = Option.getOrUndefined(request.remoteAddress)
  if (trusted.length === 0 || forwarded === undefined || listed === undefined || peer === undefined) return false
  return clientIn(forwardedHops(forwarded, HOPS_MAX), peer, trusted) !== clientIn(listedHops(listed), peer, trusted)
}

/** Empty elements of a list mean nothing (RFC 9110 §5.6.1). */
const listedHops = (header: string): ReadonlyArray<string> =>
  header.split(",").map((hop) => hop.trim()).filter((hop) => hop !== "").slice(-HOPS_MAX)

/**
 * The most forwarded hops that are read. No deployment has more proxies, but a header has room for thousands of
 * addresses.
 */
const HOPS_MAX = 32

/** The last hop that is no trusted proxy. The peer comes after those that a header names. */
const clientIn = (
  hops: ReadonlyArray<string>,
  peer: string,
  trusted: ReadonlyArray<IpNetwork.IpNetwork>
): string | undefined => {
  let client: string | undefined
  for (const hop of [...hops, peer].toReversed()) {
    const address = addressOfHop(hop)
    if (address === undefined) break
    client = NetAddress.formatIp(address)
    if (!isWithin(trusted, address)) break
  }
  return client
}

/** Whether a connection comes from a trusted proxy. */
export const isTrusted = (peer: string, trusted: ReadonlyArray<IpNetwork.IpNetwork>): boolean =>
  trusted.length > 0 && Option.exists(parseAddress(peer), (address) => isWithin(trusted, address))

/** Some proxies write an address in brackets, or with its port. */
const addressOfHop = (text: string): NetAddress.IpAddress | undefined => {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text
  return Option.getOrUndefined(parseAddress(bare)) ??
    Option.getOrUndefined(
      Option.map(
        Result.getSuccess(NetAddress.inetAddressFromString(text)),
        ({ address }) => NetAddress.toCanonical(address)
      )
    )
}
