import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { Headers } from "effect/http"
import { TrustedProxies } from "../../../src/adapters/http/exchange/ClientAddress.ts"
import { CurrentRequest } from "../../../src/adapters/http/exchange/RequestContext.ts"
import { forwardedFraming, probeFraming } from "../../../src/adapters/http/exchange/RequestFraming.ts"
import * as RouteTable from "../../../src/adapters/http/exchange/RouteTable.ts"
import { TestIdentity } from "../../support/TestIdentity.ts"

const HOST = ["Host", "identity.example"]
const JSON_TYPE = ["Content-Type", "application/json"]

const http1 = (rawHeaders: ReadonlyArray<string>, url: unknown = "/sessions") => ({
  url,
  httpVersionMajor: 1,
  rawHeaders
})

/** HTTP/2 names the host in `:authority`. A `host` beside it is ignored. */
const http2 = (rawHeaders: ReadonlyArray<string>, url: unknown = "/sessions") => ({
  ...http1(rawHeaders, url),
  httpVersionMajor: 2
})

const clear: ReadonlyArray<readonly [why: string, source: object]> = [
  ["names one host", http1(HOST)],
  ["names one host and one media type", http1([...HOST, ...JSON_TYPE])],
  ["has no host because it came over HTTP/2", http2([":authority", "identity.example"])],
  ["has two hosts that HTTP/2 does not look at", http2([...HOST, ...HOST])],
  ["did not come over the wire", { url: "http://identity.example/sessions" }],
  ["has a source that knows of no target", { httpVersionMajor: 1 }]
]

const TARGET = "The request target has to be a path; it must not name a host."
const MEDIA_TYPES = "The request has more than one `Content-Type`."

const faulty: ReadonlyArray<readonly [why: string, source: object, detail: string]> = [
  ["names no host", http1([]), "The request names no host."],
  ["names an empty host", http1(["Host", ""]), "The request names no host."],
  ["names two hosts", http1([...HOST, ...HOST]), "The request names more than one host."],
  ["names an empty host and another one", http1(["Host", "", ...HOST]), "The request names more than one host."],
  ["has two media types", http1([...HOST, ...JSON_TYPE, ...JSON_TYPE]), MEDIA_TYPES],
  ["has two media types over HTTP/2", http2([...JSON_TYPE, ...JSON_TYPE]), MEDIA_TYPES],
  ["names a host in its target", http1(HOST, "http://other.example/sessions"), TARGET],
  ["names a host in its target over HTTP/2", http2([], "http://other.example/sessions"), TARGET],
  ["aims at the server as a whole", http1(HOST, "*"), TARGET],
  ["has an empty target", http1(HOST, ""), TARGET],
  ["has no target", http1(HOST, null), TARGET]
]

layer(TestIdentity.layer)("a request", (it) => {
  const send = (source: object) =>
    Effect.flatMap(TestIdentity, (identity) => identity.send("GET", "/sessions/me", { source }))

  it.effect.each(clear)("goes on if it %s", ([_, source]) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* send(source)).json["code"], "session-required")
    }))

  it.effect.each(faulty)("is malformed if it %s", ([_, source, detail]) =>
    Effect.gen(function*() {
      assert.deepInclude((yield* send(source)).json, { code: "malformed-request", detail })
    }))
})

describe("a probe", () => {
  const { find } = RouteTable.make(
    ["/livez", "/readyz", "/metrics"].map((path) => ({ method: "GET", path, takesBody: false }))
  )

  const passes = (url: string, httpVersion: string, rawHeaders: ReadonlyArray<string>) =>
    Effect.map(CurrentRequest, (request) => {
      const source = { ...http1(rawHeaders, url), httpVersion }
      return probeFraming({ ...request, url, source, route: find(url) }) === undefined
    })

  it.effect.each<readonly [url: string, version: string, hosts: ReadonlyArray<string>, passes: boolean]>([
    ["/livez", "1.0", [], true],
    ["/readyz", "1.0", [], true],
    ["/livez", "1.1", HOST, true],
    ["/livez", "1.1", [], false],
    ["/metrics", "1.0", [], false],
    ["/nowhere", "1.0", [], false],
    ["/livez", "1.0", ["Host", ""], false],
    ["/livez", "1.0", [...HOST, ...HOST], false]
  ])(
    "may name no host over HTTP/1.0, and no other request may: %s %s %j",
    ([url, version, hosts, expected]) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* passes(url, version, hosts), expected)
      })
  )
})

it.effect("[ASVS 15.3.4] two headers that tell of different clients are refused from a proxy alone", () =>
  Effect.gen(function*() {
    const gate = forwardedFraming(yield* Schema.decodeEffect(TrustedProxies)("10.0.0.0/8"))
    const request = yield* CurrentRequest
    const from = (peer: string, listed: string) =>
      gate({
        ...request,
        remoteAddress: Option.some(peer),
        headers: Headers.fromInput({ forwarded: "for=203.0.113.9", "x-forwarded-for": listed })
      }) !== undefined
    assert.deepStrictEqual(
      [from("10.1.2.3", "203.0.113.7"), from("10.1.2.3", "203.0.113.9"), from("198.51.100.1", "203.0.113.7")],
      [true, false, false]
    )
  }))
