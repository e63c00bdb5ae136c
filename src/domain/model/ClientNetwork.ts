import { Option, Schema } from "effect"

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
 * The networks an address is in. A provider hands out a /56 or a /48 of IPv6 as readily as a /64, so whoever has one has
 * thousands of networks; these are counted, too. Of IPv4 nothing wider than the /24 is: nobody is handed a whole /16,
 * and many a provider has its customers behind one.
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
  ipv4.test(address) ? Option.some(networksOfIpv4(address.split("."))) : networksOfIpv6(address)

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

const networksOfIpv4 = (octets: ReadonlyArray<string>): ClientNetworks => ({
  network: ClientNetwork.make(`${octets.slice(0, 3).join(".")}.0/24`),
  around: undefined
})

const networksOfIpv6 = (address: string): Option.Option<ClientNetworks> => {
  const [text = "", zone] = address.split("%")
  // Without this a text such as `::1]/[` could be another address by the time it is a part of a URL.
  if (!ipv6Characters.test(text) || zone === "") return Option.none()
  const url = URL.parse(`http://[${text}]/`)
  if (url === null) return Option.none()
  const groups = expand(url.hostname.slice(1, -1))
  const inner = embeddedPrefixes.some((prefix) => prefix.every((group, index) => groups[index] === group))
  if (inner) {
    return Option.some(
      networksOfIpv4(groups.slice(6).flatMap((group) => [String(group >> 8), String(group & 0xff)]))
    )
  }
  const [first = 0, second = 0, third = 0, fourth = 0] = groups
  const site = [first, second, third]
  return Option.some({
    network: networkOf([...site, fourth], 64),
    around: { in56: networkOf([...site, fourth & 0xff00], 56), in48: networkOf(site, 48) }
  })
}

const networkOf = (groups: ReadonlyArray<number>, length: number): ClientNetwork =>
  ClientNetwork.make(`${groups.map((group) => group.toString(16)).join(":")}::/${length}`)

const ipv6Characters = /^[0-9a-f:.]{2,45}$/i

/** `::ffff:0:0/96` (mapped) and `64:ff9b::/96` (NAT64). */
const embeddedPrefixes = [[0, 0, 0, 0, 0, 0xffff], [0x64, 0xff9b, 0, 0, 0, 0]]

/** The eight groups of an address as URLs write it: lower case, groups only, at most one `::`. */
const expand = (canonical: string): ReadonlyArray<number> => {
  const [before = [], after = []] = canonical.split("::").map((side) =>
    side === "" ? [] : side.split(":").map((group) => Number.parseInt(group, 16))
  )
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
}
