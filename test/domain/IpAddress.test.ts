import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import {
  ClientNetwork,
  clientNetwork,
  clientNetworks,
  isNearby,
  isWithin,
  parseAddress,
  parseNetwork
} from "../../src/domain/model/IpAddress.ts"
import { nearly } from "../support/texts.ts"

const octet = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 255 })))
const group = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 0xffff })))
const Ipv4 = Schema.Tuple([octet, octet, octet, octet])
const Ipv6 = Schema.Tuple([group, group, group, group, group, group, group, group])

const networkOf = (address: string) => Option.getOrUndefined(clientNetwork(address))

const hex = (value: number) => value.toString(16)

/** Outside of `::/16` and `64::/16`, where IPv4 addresses live. */
const native = ([first, ...rest]: typeof Ipv6.Type) => [0x2000 | (first & 0x1fff), ...rest]

describe("client networks", () => {
  it.prop("[ASVS 6.3.1] an IPv4 address belongs to its /24, plain, mapped or behind NAT64", { address: Ipv4 }, (
    { address: [a, b, c, d] }
  ) => {
    const network = ClientNetwork.make(`${a}.${b}.${c}.0/24`)
    const plain = `${a}.${b}.${c}.${d}`
    const groups = `${hex(a * 256 + b)}:${hex(c * 256 + d)}`
    const spellings = [
      plain,
      `::ffff:${plain}`,
      `::FFFF:${plain}`,
      `0:0:0:0:0:ffff:${plain}`,
      `::ffff:${groups}`,
      `0000:0000:0000:0000:0000:FFFF:${groups}`,
      `64:ff9b::${plain}`,
      `64:ff9b::${groups}`
    ]
    assert.deepStrictEqual(spellings.map(networkOf), spellings.map(() => network))
  })

  it.prop("[ASVS 6.3.1] rotating through a /64 changes nothing", { one: Ipv6, other: Ipv6 }, ({ one, other }) => {
    const prefix = native(one).slice(0, 4)
    const [first, second] = [one, other].map((address) => [...prefix, ...address.slice(4)].map(hex).join(":"))
    assert.strictEqual(networkOf(first ?? ""), networkOf(second ?? ""))
    assert.strictEqual(networkOf(first ?? ""), `${prefix.map(hex).join(":")}::/64`)
  })

  it.prop("every spelling of an IPv6 address is in the same network", { address: Ipv6 }, ({ address }) => {
    const groups = native(address)
    const long = groups.map((group) => hex(group).padStart(4, "0"))
    const spellings = [
      groups.map(hex).join(":"),
      long.join(":"),
      long.join(":").toUpperCase(),
      `${groups.map(hex).join(":")}%eth0`,
      URL.parse(`http://[${long.join(":")}]/`)?.hostname.slice(1, -1) ?? ""
    ]
    assert.strictEqual(new Set(spellings.map(networkOf)).size, 1)
  })

  it.prop("different networks stay apart", { one: Ipv6, other: Ipv6 }, ({ one, other }) => {
    const same = native(one).slice(0, 4).join() === native(other).slice(0, 4).join()
    assert.strictEqual(networkOf(native(one).map(hex).join(":")) === networkOf(native(other).map(hex).join(":")), same)
  })

  it.prop("the network of an address in a network is that network", { address: Ipv6 }, ({ address }) => {
    const network = networkOf(address.map(hex).join(":")) ?? ""
    assert.strictEqual(networkOf(network.split("/")[0] ?? ""), ClientNetwork.make(network))
  })

  it.prop("whatever the text, its network is one in the one spelling or none", {
    text: nearly("::", ":", "ffff", "64:ff9b", "127.0.0.1", "255", "%eth0", "]", "[")
  }, ({ text }) => {
    const network = networkOf(text)
    if (network !== undefined) {
      assert.match(network, /^(?:\d{1,3}(?:\.\d{1,3}){2}\.0\/24|[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){3}::\/64)$/)
    }
  })

  it("zeros may be left out anywhere", () => {
    const networks = {
      "2001:db8::1": "2001:db8:0:0::/64",
      "2001:db8:0:0:1::": "2001:db8:0:0::/64",
      "2001:0:0:7::1": "2001:0:0:7::/64",
      "fe80::1%2": "fe80:0:0:0::/64",
      "::1": "0:0:0:0::/64",
      "::": "0:0:0:0::/64"
    }
    assert.deepStrictEqual(
      Object.keys(networks).map(networkOf),
      Object.values(networks).map((it) => ClientNetwork.make(it))
    )
  })

  it("what is no address has no network", () => {
    const texts = ["", "unknown", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "0x7f.0.0.1", "127.1"]
    const others = [
      ":",
      ":::",
      "1:2:3",
      "::1]/[",
      "::1]:80/#",
      "::1]/::1",
      "::ffff:1.2.3",
      "g::1",
      "fe80::1%",
      "[::1]",
      "1.2.3.4.:"
    ]
    assert.deepStrictEqual([...texts, ...others].map(networkOf), [...texts, ...others].map(() => undefined))
  })

  it.prop("[ASVS 6.3.1] the /56 and the /48 around a network hold all that begins alike, and nothing else", {
    one: Ipv6,
    other: Ipv6
  }, ({ one, other }) => {
    const [first, second] = [native(one), native(other)]
    const around = (groups: ReadonlyArray<number>) =>
      Option.getOrUndefined(clientNetworks(groups.map(hex).join(":")))?.around
    const prefix = first.slice(0, 3)
    const [, , , fourth = 0] = first
    const sibling = around([...prefix, fourth ^ 0xff, ...second.slice(4)])
    const cousin = around([...prefix, fourth ^ 0x100, ...second.slice(4)])
    assert.deepStrictEqual(sibling, around(first))
    assert.notStrictEqual(cousin?.in56, sibling?.in56)
    assert.strictEqual(cousin?.in48, sibling?.in48)
    const isNear = prefix.join() === second.slice(0, 3).join()
    assert.strictEqual(around(second)?.in48 === sibling?.in48, isNear)
  })

  it("an IPv4 address is in no wider network that counts", () => {
    assert.deepStrictEqual(
      clientNetworks("::ffff:192.0.2.7"),
      Option.some({
        network: ClientNetwork.make("192.0.2.0/24"),
        around: undefined
      })
    )
    assert.deepStrictEqual(
      clientNetworks("2001:db8:7:a1b2::9"),
      Option.some({
        network: ClientNetwork.make("2001:db8:7:a1b2::/64"),
        around: { in56: ClientNetwork.make("2001:db8:7:a100::/56"), in48: ClientNetwork.make("2001:db8:7::/48") }
      })
    )
  })
})

const isIn = (network: string) => (address: string) =>
  Option.exists(parseAddress(address), (ip) => isWithin(Option.toArray(parseNetwork(network)), ip))

it.prop("an address is in a network exactly when the bits of the prefix are equal", {
  one: Ipv6,
  other: Ipv6,
  prefix: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 128 })))
}, ({ one, other, prefix }) => {
  const bits = (groups: ReadonlyArray<number>) => groups.map((it) => it.toString(2).padStart(16, "0")).join("")
  const mixed = (bits(native(one)).slice(0, prefix) + bits(native(other)).slice(prefix)).match(/.{16}/g) ?? []
  const network = `${
    bits(native(one)).slice(0, prefix).padEnd(128, "0").match(/.{16}/g)?.map((it) => hex(Number.parseInt(it, 2))).join(
      ":"
    )
  }/${prefix}`
  const expected = bits(native(one)).slice(0, prefix) === bits(native(other)).slice(0, prefix)
  assert.isTrue(isIn(network)(mixed.map((it) => hex(Number.parseInt(it, 2))).join(":")))
  assert.strictEqual(isIn(network)(native(other).map(hex).join(":")), expected)
})

it("a mapped address is the IPv4 address, and the two families have no network in common", () => {
  assert.isTrue(isIn("192.0.2.0/24")("::ffff:192.0.2.7"))
  assert.isTrue(isIn("::ffff:192.0.2.7")("192.0.2.7"))
  assert.isFalse(isIn("::/0")("192.0.2.7"))
  assert.isFalse(isIn("0.0.0.0/0")("2001:db8::1"))
})

it.each<readonly [address: string, near: boolean]>([
  ["127.0.0.1", true],
  ["10.1.2.3", true],
  ["172.16.0.1", true],
  ["192.168.1.1", true],
  ["169.254.7.7", true],
  ["::1", true],
  ["fe80::1%eth0", true],
  ["fd00::1", true],
  ["::ffff:10.1.2.3", true],
  ["192.0.2.7", false],
  ["172.32.0.1", false],
  ["2001:db8::1", false],
  ["::ffff:192.0.2.7", false]
])("%s is of this machine, a private network or a link: %s", (address, near) => {
  assert.strictEqual(Option.exists(parseAddress(address), isNearby), near)
})

it("only IPv6 addresses have zones", () => {
  assert.isTrue(Option.isSome(parseAddress("fe80::1%eth0")))
  assert.isTrue(Option.isNone(parseAddress("192.0.2.7%eth0")))
})
