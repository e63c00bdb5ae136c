import { assert, describe, it } from "@effect/vitest"
import { HttpServerRequest } from "effect/http"
import { headerValues } from "../../../src/adapters/http/exchange/RawHeaders.ts"
import { receivedAs } from "../../support/received-requests.ts"

const received = (source: object, headers: Readonly<Record<string, string>> = {}) =>
  receivedAs(HttpServerRequest.fromWeb(new Request("http://a/", { headers })), source)

describe("[ASVS 15.3.7] the values of a header", () => {
  it("are all that were sent, whatever the letter case of its name", () => {
    const rawHeaders = ["Host", "a", "AUTHORIZATION", "1", "authorization", "2", "Authorization", "3"]
    assert.deepStrictEqual(headerValues(received({ rawHeaders }), "authorization"), ["1", "2", "3"])
  })

  it("are not those of a header whose name only begins alike, nor a value that looks like the name", () => {
    const rawHeaders = ["hosts", "a", "x-host", "b", "x", "host", "host", "c", "hos", "d", "tsoh", "e"]
    assert.deepStrictEqual(headerValues(received({ rawHeaders }), "host"), ["c"])
  })

  it("are those sent last too, and nothing of a name without a value", () => {
    assert.deepStrictEqual(headerValues(received({ rawHeaders: ["host", "a"] }), "host"), ["a"])
    assert.deepStrictEqual(headerValues(received({ rawHeaders: ["host", "a", "host"] }), "host"), ["a"])
    assert.deepStrictEqual(headerValues(received({ rawHeaders: ["host", 1, 2, "host", "host", "b"] }), "host"), ["b"])
  })

  it("are none although a header was read from it, when it did not come over the wire", () => {
    assert.deepStrictEqual(headerValues(received({ rawHeaders: [] }, { "x-a": "1" }), "x-a"), [])
  })

  it("are the one that was read when nobody knows the wire", () => {
    assert.deepStrictEqual(headerValues(received({}, { "x-a": "1" }), "x-a"), ["1"])
    assert.deepStrictEqual(headerValues(received({ rawHeaders: "x" }, { "x-a": "1" }), "x-a"), ["1"])
    assert.deepStrictEqual(headerValues(received({}), "x-a"), [])
  })
})
