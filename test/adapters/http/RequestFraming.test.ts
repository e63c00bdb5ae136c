import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
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
