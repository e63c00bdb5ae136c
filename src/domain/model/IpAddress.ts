/**
 * Reads IP addresses and networks in one place, so that all parts of the service understand a text as the same address.
 */
import { Effect, Option, Result, Schema, SchemaIssue, SchemaTransformation } from "effect"
import { IpNetwork, NetAddress } from "effect/net"

/**
 * Parses an address in any of its spellings; `None` if the text is no address. Drops the zone of a link-local address.
 * An IPv4-mapped address (`::ffff:192.0.2.7`) becomes the IPv4 address it stands for.
 */
export const parseAddress = (text: string): Option.Option<NetAddress.IpAddress> => {
  const [address = "", zone] = text.split("%")
  if (zone === "") return Option.none()
  const parsed = zone === undefined ? NetAddress.ipFromString(address) : NetAddress.ipv6FromString(address)
  return Option.map(Result.getSuccess(parsed), (ip) => NetAddress.toCanonical(ip))
}

/**
 * Parses a network in CIDR notation, or a bare address as a network of one. `None` for any other text, and for a
 * network with bits set beyond its prefix, which is probably a typing mistake.
 */
export const parseNetwork = (text: string): Option.Option<IpNetwork.IpNetwork> =>
  text.includes("/")
    ? Result.getSuccess(IpNetwork.fromString(text))
    : Result.getSuccess(NetAddress.ipFromString(text)).pipe(
      Option.map((address) => NetAddress.toCanonical(address)),
      Option.map((address) => IpNetwork.fromAddressUnsafe(address, NetAddress.width(address)))
    )

/** An address or a network as people write it, decoded to its one canonical text. */
export const WrittenNetwork = Schema.String.pipe(
  Schema.decodeTo(
    Schema.String,
    SchemaTransformation.transformEffect<string, string>({
      decode: (text) =>
        Effect.mapError(
          Effect.fromOption(Option.map(parseNetwork(text), text.includes("/") ? IpNetwork.format : formatAddress)),
          () => new SchemaIssue.InvalidValue({ message: "must be an address or a network such as 192.0.2.0/24" })
        ),
      encode: Effect.succeed
    })
  )
)

const formatAddress = ({ address }: IpNetwork.IpNetwork) => NetAddress.formatIp(address)

export const isWithin = (networks: ReadonlyArray<IpNetwork.IpNetwork>, address: NetAddress.IpAddress): boolean =>
  networks.some((network) => IpNetwork.contains(network, address))

/** Whether an address belongs to this machine, to a private network (RFC 1918, RFC 4193) or to a link. */
export const isNearby = (address: NetAddress.IpAddress): boolean =>
  NetAddress.isLoopback(address) || NetAddress.isLinkLocal(address) ||
  (NetAddress.isIpv4Address(address) ? NetAddress.isPrivate(address) : NetAddress.isUniqueLocal(address))

const MAPPED = "::ffff:"

/** A peer's address as Node writes it, with an IPv4-mapped address turned into plain IPv4. */
export const unmapped = (peer: string): string =>
  peer.startsWith(MAPPED) && peer.includes(".") ? peer.slice(MAPPED.length) : peer

/**
 * The part of an address that one client can't easily change: the /24 of an IPv4 address, or the /64 of an IPv6
 * address.
 *
 * A home or a server gets at least a /64 and may use any address in it, so limits on single addresses would be useless.
 * IPv4 addresses written as IPv6 count as IPv4. A mapped address would otherwise give the same client a second budget,
 * and the well-known NAT64 prefix would be one budget for the whole internet.
 */
export const ClientNetwork = Schema.String.pipe(Schema.brand("ClientNetwork"))
export type ClientNetwork = typeof ClientNetwork.Type

/**
 * The networks that contain an address. Providers hand out a /56 or a /48 of IPv6 as readily as a /64, and either
 * contains many /64s, so these are counted too. For IPv4, nothing wider than the /24 is counted: nobody is given a
 * whole /16, and many providers have all their customers in one.
 */
export interface ClientNetworks {
  readonly network: ClientNetwork
  /** The /56 and the /48 around an IPv6 address. */
  readonly around: { readonly in56: ClientNetwork; readonly in48: ClientNetwork } | undefined
}

/** The network of an address in any spelling; `None` if the text is no address. */
export const clientNetwork = (address: string): Option.Option<ClientNetwork> =>
  Option.map(clientNetworks(address), ({ network }) => network)

/** All networks of an address in any spelling; `None` if the text is no address. */
export const clientNetworks = (address: string): Option.Option<ClientNetworks> =>
  Option.map(parseAddress(address), networksOf)

const NAT64 = IpNetwork.fromStringUnsafe("64:ff9b::/96")

const networksOf = (address: NetAddress.IpAddress): ClientNetworks => {
  if (NetAddress.isIpv4Address(address)) return networksOfIpv4(NetAddress.ipv4ToOctets(address))
  if (IpNetwork.contains(NAT64, address)) return networksOfIpv4(NetAddress.ipv6ToOctets(address).slice(-4))
  const [first, second, third, fourth] = NetAddress.ipv6ToSegments(address)
  const site = [first, second, third]
  return {
    network: networkOf([...site, fourth], 64),
    around: { in56: networkOf([...site, fourth & 0xff00], 56), in48: networkOf(site, 48) }
  }
}

const networksOfIpv4 = (octets: ReadonlyArray<number>): ClientNetworks => ({
  network: ClientNetwork.make(`${octets.slice(0, 3).join(".")}.0/24`),
  around: undefined
})

/**
 * Writes every group of the prefix. Stored limits are keyed by this text, so it must stay as earlier releases wrote it.
 */
const networkOf = (segments: ReadonlyArray<number>, length: number): ClientNetwork =>
  ClientNetwork.make(`${segments.map((segment) => segment.toString(16)).join(":")}::/${length}`)
