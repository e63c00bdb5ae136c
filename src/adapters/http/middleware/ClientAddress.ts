/**
 * Whom a request comes from.
 *
 * Anybody can write `X-Forwarded-For`. Only what a configured proxy appended to it counts: read from the right, the
 * first hop that is not such a proxy is the client (ASVS 4.1.3). An entry that is no address ends the search, because
 * nothing left of it can be trusted either.
 */
import { Effect, Option, Result, Schema, SchemaIssue, SchemaTransformation } from "effect"
import { IpNetwork, NetAddress } from "effect/net"
import type { RequestHead } from "./CurrentRequest.ts"

/** How the setting is written: CIDRs, comma separated. A bare address is a network of one. */
export const TrustedProxies = Schema.String.pipe(
  Schema.decodeTo(
    Schema.Array(Schema.declare(IpNetwork.isIpNetwork)),
    SchemaTransformation.transformEffect<ReadonlyArray<IpNetwork.IpNetwork>, string>({
      decode: (text) =>
        Effect.forEach(text.split(",").map((part) => part.trim()).filter((part) => part !== ""), parseNetwork),
      encode: (networks) => Effect.succeed(networks.map(IpNetwork.format).join(","))
    })
  )
)

const parseNetwork = (text: string): Effect.Effect<IpNetwork.IpNetwork, SchemaIssue.Issue> => {
  const parsed = text.includes("/")
    ? IpNetwork.fromString(text)
    : Result.flatMap(
      NetAddress.ipFromString(text),
      (address) => IpNetwork.fromAddress(address, NetAddress.width(address))
    )
  return Result.match(parsed, {
    onSuccess: Effect.succeed,
    onFailure: () =>
      Effect.fail(new SchemaIssue.InvalidValue({ message: `must be a list of CIDRs such as 10.0.0.0/8` }))
  })
}

/** The client's address, with IPv4-mapped IPv6 addresses folded to IPv4 so that one client has one name. */
export const clientAddress = (
  request: RequestHead,
  trusted: ReadonlyArray<IpNetwork.IpNetwork>
): string | undefined => {
  const peer = Option.getOrUndefined(request.remoteAddress)
  if (peer === undefined) return undefined
  const forwarded = request.headers["x-forwarded-for"]
  if (trusted.length === 0 || forwarded === undefined) return fold(peer)
  return lastUntrustedHop([...forwarded.split(",").slice(-HOPS_MAX), peer], trusted)
}

/** The most forwarded hops that are looked at. Nobody has as many proxies, and a header holds thousands of addresses. */
const HOPS_MAX = 32

const lastUntrustedHop = (
  hops: ReadonlyArray<string>,
  trusted: ReadonlyArray<IpNetwork.IpNetwork>
): string | undefined => {
  let client: string | undefined
  for (const hop of hops.toReversed()) {
    const address = parseAddress(hop.trim())
    if (address === undefined) break
    client = NetAddress.formatIp(address)
    if (!isWithin(trusted, address)) break
  }
  return client
}

const isWithin = (networks: ReadonlyArray<IpNetwork.IpNetwork>, address: NetAddress.IpAddress): boolean =>
  networks.some((network) => IpNetwork.contains(network, address))

/** Whether a connection comes from a trusted proxy. */
export const isTrusted = (peer: string, trusted: ReadonlyArray<IpNetwork.IpNetwork>): boolean => {
  if (trusted.length === 0) return false
  const address = parseAddress(peer)
  return address !== undefined && isWithin(trusted, address)
}

const MAPPED = "::ffff:"

/** An IPv4 address that came as an IPv6 one, in its own form. */
export const fold = (peer: string): string =>
  peer.startsWith(MAPPED) && peer.includes(".") ? peer.slice(MAPPED.length) : peer

const parseAddress = (text: string): NetAddress.IpAddress | undefined => {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text
  const address = Result.getOrElse(
    NetAddress.ipFromString(bare),
    () => Result.getOrUndefined(NetAddress.inetAddressFromString(text))?.address
  )
  return address === undefined ? undefined : NetAddress.toCanonical(address)
}
