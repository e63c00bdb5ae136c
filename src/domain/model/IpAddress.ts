/**
 * IP addresses and networks, read in one place: a text that is an address to one part of the service is the same
 * address to every other part.
 */
import { Option, Result, Schema } from "effect"
import { IpNetwork, NetAddress } from "effect/net"

/**
 * An address in any of its spellings; `None` for what is no address. The zone of a link-local address is dropped, and
 * an IPv4-mapped address (`::ffff:192.0.2.7`) is the IPv4 address that it stands for.
 */
export const parseAddress = (text: string): Option.Option<NetAddress.IpAddress> => {
  const [address = "", zone] = text.split("%")
  if (zone === "") return Option.none()
  const parsed = zone === undefined ? NetAddress.ipFromString(address) : NetAddress.ipv6FromString(address)
  return Option.map(Result.getSuccess(parsed), (ip) => NetAddress.toCanonical(ip))
}

/**
 * A network in CIDR notation, or a bare address, which is a network of one. `None` for what is neither, and for a
 * network with bits beyond its prefix, which is more likely a slip.
 */
export const parseNetwork = (text: string): Option.Option<IpNetwork.IpNetwork> =>
  text.includes("/")
    ? Result.getSuccess(IpNetwork.fromString(text))
    : Result.getSuccess(NetAddress.ipFromString(text)).pipe(
      Option.map((address) => NetAddress.toCanonical(address)),
      Option.map((address) => IpNetwork.fromAddressUnsafe(address, NetAddress.width(address)))
    )

export const isWithin = (networks: ReadonlyArray<IpNetwork.IpNetwork>, address: NetAddress.IpAddress): boolean =>
  networks.some((network) => IpNetwork.contains(network, address))

/** Whether an address is one of this machine, of a private network (RFC 1918, RFC 4193) or of a link. */
export const isNearby = (address: NetAddress.IpAddress): boolean =>
  NetAddress.isLoopback(address) || NetAddress.isLinkLocal(address) ||
  (NetAddress.isIpv4Address(address) ? NetAddress.isPrivate(address) : NetAddress.isUniqueLocal(address))

const MAPPED = "::ffff:"

/** The address of a peer, as Node writes it, with an IPv4-mapped one in its own form. */
export const unmapped = (peer: string): string =>
  peer.startsWith(MAPPED) && peer.includes(".") ? peer.slice(MAPPED.length) : peer

/**
 * The part of an address that one client can't easily change: the /24 of an IPv4 address, the /64 of an IPv6 one.
 *
 * A home or a server is given at least a /64 and may use any address in it, so counting single addresses would count
 * nothing. IPv4 addresses in IPv6 clothes (mapped, or behind the well-known NAT64 prefix) are the IPv4 addresses they
 * stand for: the first would be a second budget for the same client, the second one budget for all of the internet.
 */
export const ClientNetwork = Schema.String.pipe(Schema.brand("ClientNetwork"))
export type ClientNetwork = typeof ClientNetwork.Type

/**
 * The networks an address is in. A provider hands out a /56 or a /48 of IPv6 as readily as a /64, so whoever has one
 * has thousands of networks; these are counted, too. Of IPv4 nothing wider than the /24 is: nobody is handed a whole
 * /16, and many a provider has its customers behind one.
 */
export interface ClientNetworks {
  readonly network: ClientNetwork
  /** The /56 and the /48 around an IPv6 address. */
  readonly around: { readonly in56: ClientNetwork; readonly in48: ClientNetwork } | undefined
}

/** The network of an address in any of its spellings; `None` for what is no address. */
export const clientNetwork = (address: string): Option.Option<ClientNetwork> =>
  Option.map(clientNetworks(address), ({ network }) => network)

/** All networks of an address in any of its spellings; `None` for what is no address. */
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

/** Every group of the prefix is written: limits count by this text, so it stays as earlier releases wrote it. */
const networkOf = (segments: ReadonlyArray<number>, length: number): ClientNetwork =>
  ClientNetwork.make(`${segments.map((segment) => segment.toString(16)).join(":")}::/${length}`)
