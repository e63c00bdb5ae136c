import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Option, Schema } from "effect"
import { HttpServerRequest } from "effect/http"
import {
  clientAddress,
  isContradictory,
  isTrusted,
  TrustedProxies
} from "../../../src/adapters/http/exchange/ClientAddress.ts"
import { inHeader, nearly } from "../../support/texts.ts"

const PROXIES = "10.0.0.0/8, 192.0.2.7, 2001:db8::/32"

const requestOf = (peer: string, headers: Record<string, string>) =>
  HttpServerRequest.fromWeb(new Request("http://a/", { headers })).modify({ remoteAddress: Option.some(peer) })

const addressOf = Effect.fnUntraced(function*(peer: string, forwarded: string | undefined, proxies: string) {
  const trusted = yield* Schema.decodeEffect(TrustedProxies)(proxies)
  return clientAddress(requestOf(peer, forwarded === undefined ? {} : { "x-forwarded-for": forwarded }), trusted)
})

/** The client address for these headers, behind the proxies of these tests. */
const told = (peer: string, headers: Record<string, string>) =>
  Effect.map(
    Schema.decodeEffect(TrustedProxies)(PROXIES),
    (trusted) => clientAddress(requestOf(peer, headers), trusted)
  )

const contradictory = (peer: string, headers: Record<string, string>) =>
  Effect.map(
    Schema.decodeEffect(TrustedProxies)(PROXIES),
    (trusted) => isContradictory(requestOf(peer, headers), trusted)
  )

const seen: ReadonlyArray<readonly [why: string, peer: string, forwarded: string | undefined, client: string]> = [
  ["a peer that says nothing else", "198.51.100.1", undefined, "198.51.100.1"],
  ["a stranger, whatever it says", "198.51.100.1", "203.0.113.9", "198.51.100.1"],
  ["the client of a proxy", "10.1.2.3", "203.0.113.9", "203.0.113.9"],
  ["the hop before the proxy, whatever stands left of it", "10.1.2.3", "1.1.1.1, 203.0.113.9", "203.0.113.9"],
  ["the hop before a row of proxies", "10.1.2.3", "1.1.1.1, 203.0.113.9, 192.0.2.7, 10.9.9.9", "203.0.113.9"],
  ["the first of a row of nothing but proxies", "10.1.2.3", "10.5.5.5, 192.0.2.7", "10.5.5.5"],
  ["a proxy itself when it forwards for nobody", "10.1.2.3", undefined, "10.1.2.3"],
  ["the last hop that is an address", "10.1.2.3", "203.0.113.9, unknown, 10.9.9.9", "10.9.9.9"],
  ["the proxy when what it forwards is no address", "10.1.2.3", "<script>", "10.1.2.3"],
  ["an IPv4-mapped peer by its IPv4 address", "::ffff:198.51.100.1", undefined, "198.51.100.1"],
  ["an IPv4-mapped proxy as the proxy it is", "::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"],
  ["an IPv4-mapped client by its IPv4 address", "10.1.2.3", "::ffff:203.0.113.9", "203.0.113.9"],
  ["an IPv6 client of an IPv6 proxy", "2001:db8::1", "2001:DB9:0:0::5", "2001:db9::5"],
  ["a client written with its port", "10.1.2.3", "203.0.113.9:4711", "203.0.113.9"],
  ["an IPv6 client written with its port", "10.1.2.3", "[2001:db9::5]:4711", "2001:db9::5"],
  ["an IPv6 client written in brackets", "10.1.2.3", "[2001:db9::5]", "2001:db9::5"],
  ["the proxy when the brackets of what it forwards do not close", "10.1.2.3", "[2001:db9::5", "10.1.2.3"],
  ["the proxy when the brackets of what it forwards do not open", "10.1.2.3", "2001:db9::5]", "10.1.2.3"],
  ["the proxy when it forwards for nothing", "10.1.2.3", "", "10.1.2.3"],
  ["the client left of an empty element", "10.1.2.3", "203.0.113.9, ,10.9.9.9,", "203.0.113.9"],
  ["an IPv6 peer by its own address", "::ffff:1:2", undefined, "::ffff:1:2"],
  ["the peer itself when it is no proxy", "192.0.2.8", "203.0.113.9", "192.0.2.8"]
]

/** The same for a `Forwarded` header. */
const forwarded: ReadonlyArray<readonly [why: string, forwarded: string, client: string]> = [
  ["the client of a proxy", "for=203.0.113.9", "203.0.113.9"],
  ["the client of a proxy that says more", "proto=https;For=203.0.113.9;by=10.1.2.3 ; host=a", "203.0.113.9"],
  ["the hop before the proxy, whatever stands left of it", "for=1.1.1.1, for=203.0.113.9", "203.0.113.9"],
  ["the hop before a row of proxies", "for=1.1.1.1,for=203.0.113.9, for=192.0.2.7", "203.0.113.9"],
  ["a client written with its port", "for=\"203.0.113.9:4711\"", "203.0.113.9"],
  ["an IPv6 client", "for=\"[2001:db9::5]\"", "2001:db9::5"],
  ["an IPv6 client written with its port", "for=\"[2001:DB9::5]:4711\";proto=http", "2001:db9::5"],
  ["a client written without the quotes it needs", "for=203.0.113.9:4711", "203.0.113.9"],
  ["a client with an escaped character in its name", "for=\"203.0.113\\.9\"", "203.0.113.9"],
  ["the client left of an empty element", "for=203.0.113.9, ,for=192.0.2.7,", "203.0.113.9"],
  ["the last hop that is an address", "for=203.0.113.9, for=unknown, for=10.9.9.9", "10.9.9.9"],
  ["the last hop that is named", "for=203.0.113.9, for=_secret, for=10.9.9.9", "10.9.9.9"],
  ["the last hop that is told", "for=203.0.113.9, proto=https, for=10.9.9.9", "10.9.9.9"],
  ["told right of a quote that does not close", "for=\", for=203.0.113.9", "203.0.113.9"],
  ["told right of quotes that hold a comma", "for=\"a,b\", for=203.0.113.9", "203.0.113.9"],
  ["the proxy when there is no sense in it", "203.0.113.9", "10.1.2.3"],
  ["the proxy when it says nothing", "", "10.1.2.3"]
]

describe("[ASVS 4.1.3, 15.3.4] by Forwarded, the client is", () => {
  it.effect.each(forwarded)("%s", ([_, forwarded, client]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* told("10.1.2.3", { forwarded }), client)
      assert.strictEqual(yield* told("198.51.100.1", { forwarded }), "198.51.100.1")
    }))

  it.effect("told by both headers if they say the same, and otherwise the proxy", () =>
    Effect.gen(function*() {
      const both = { forwarded: "for=\"203.0.113.9:80\"", "x-forwarded-for": "1.1.1.1, 203.0.113.9" }
      assert.strictEqual(yield* told("10.1.2.3", both), "203.0.113.9")
      const other = { ...both, forwarded: "for=203.0.113.10" }
      assert.strictEqual(yield* told("10.1.2.3", other), "10.1.2.3")
      assert.isTrue(yield* contradictory("10.1.2.3", other))
      assert.isFalse(yield* contradictory("10.1.2.3", both))
      assert.isFalse(yield* contradictory("198.51.100.1", other))
    }))
})

it.effect.prop("[ASVS 4.1.3] nothing a client writes into Forwarded changes whom the proxies saw", {
  written: nearly("for=", "10.1.2.3", "\"", "[::1]", ";", "unknown", ",").pipe(Arbitrary.map(inHeader)),
  client: Schema.Literals(["203.0.113.9", "2001:db9::5"])
}, ({ client, written }) =>
  Effect.gen(function*() {
    const forwarded = `${written}, for="${client.includes(":") ? `[${client}]` : client}", for=192.0.2.7`
    assert.strictEqual(yield* told("10.1.2.3", { forwarded }), client)
  }))

describe("[ASVS 4.1.3, 15.3.4] the client is", () => {
  it.effect.each(seen)("%s", ([_, peer, forwarded, client]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* addressOf(peer, forwarded, PROXIES), client)
    }))

  it.effect("the peer and nobody else when no proxy is trusted", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* addressOf("10.1.2.3", "203.0.113.9", ""), "10.1.2.3")
    }))
})

it.effect.prop("[ASVS 4.1.3] nothing a client writes changes whom the proxies saw", {
  written: nearly("10.1.2.3", "192.0.2.7", "::1", "[", "]", "unknown", ",").pipe(Arbitrary.map(inHeader)),
  client: Schema.Literals(["203.0.113.9", "2001:db9::5"])
}, ({ client, written }) =>
  Effect.gen(function*() {
    assert.strictEqual(yield* addressOf("10.1.2.3", `${written}, ${client}, 192.0.2.7`, PROXIES), client)
    assert.strictEqual(yield* addressOf(client, written, PROXIES), client)
  }))

it.effect.prop("whatever is forwarded, the client has an address, in its one spelling", {
  forwarded: nearly("10.1.2.3", "::ffff:1.2.3.4", "2001:DB9::5", ":80", "[", "]", "%eth0", ",").pipe(
    Arbitrary.map(inHeader)
  )
}, ({ forwarded }) =>
  Effect.gen(function*() {
    const client = (yield* addressOf("10.1.2.3", forwarded, PROXIES)) ?? ""
    assert.strictEqual(yield* addressOf("10.1.2.3", client, PROXIES), client)
  }))

it.effect("[P18] hops beyond the last 32 are not looked at", () =>
  Effect.gen(function*() {
    const through = (proxies: number) => `203.0.113.9${", 10.0.0.1".repeat(proxies)}`
    assert.strictEqual(yield* addressOf("10.1.2.3", through(31), PROXIES), "203.0.113.9")
    assert.strictEqual(yield* addressOf("10.1.2.3", through(32), PROXIES), "10.0.0.1")
  }))

it.effect.prop("networks of proxies survive being written and read", {
  text: nearly("10.0.0.0/8", "192.0.2.7", "2001:db8::/32", ",", "/33")
}, ({ text }) =>
  Effect.gen(function*() {
    for (const networks of Option.toArray(Schema.decodeOption(TrustedProxies)(text))) {
      const written = yield* Schema.encodeEffect(TrustedProxies)(networks)
      assert.deepStrictEqual(yield* Schema.decodeEffect(TrustedProxies)(written), networks)
    }
  }))

it.effect("nobody who asks without a connection has an address", () =>
  Effect.gen(function*() {
    const trusted = yield* Schema.decodeEffect(TrustedProxies)(PROXIES)
    const headers = { "x-forwarded-for": "203.0.113.9" }
    const request = HttpServerRequest.fromWeb(new Request("http://a/", { headers }))
    assert.isUndefined(clientAddress(request, trusted))
  }))

describe("the list of trusted proxies", () => {
  it.effect("is written back as CIDRs", () =>
    Effect.gen(function*() {
      const trusted = yield* Schema.decodeEffect(TrustedProxies)(` ${PROXIES} , `)
      assert.strictEqual(
        yield* Schema.encodeEffect(TrustedProxies)(trusted),
        "10.0.0.0/8,192.0.2.7/32,2001:db8::/32"
      )
    }))

  it.effect.each(["10.0.0.0/33", "10.0.0.1/8", "proxy.example", "10.0.0.0/8;", "::1/129"])(
    "does not take %s",
    (text) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Schema.decodeEffect(TrustedProxies)(text))
        assert.include(error.message, "must be a list of CIDRs")
      })
  )
})

it.effect.each<readonly [peer: string, trusted: boolean]>([
  ["10.1.2.3", true],
  ["::ffff:10.1.2.3", true],
  ["2001:db8::7", true],
  ["198.51.100.1", false],
  ["no address", false]
])("a connection from %s is one of a proxy: %s", ([peer, trusted]) =>
  Effect.gen(function*() {
    assert.strictEqual(isTrusted(peer, yield* Schema.decodeEffect(TrustedProxies)(PROXIES)), trusted)
    assert.isFalse(isTrusted(peer, []))
  }))
