import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import {
  AllowedOrigins,
  comesFromForeignOrigin,
  comesFromOwnOrigin
} from "../../../src/adapters/http/exchange/OriginCheck.ts"

const EVIL = "https://evil.example"

const origins = AllowedOrigins.layer({
  publicUrl: "https://identity.example/accounts",
  allowedOrigins: ["https://app.example"]
})

type Place = "our own" | "foreign" | "unknown"

const placeOf = Effect.fnUntraced(function*(method: string, headers: Readonly<Record<string, string>>) {
  const allowed = yield* AllowedOrigins
  const request = HttpServerRequest.fromWeb(new Request("http://a/", { method, headers }))
  const [own, foreign] = [comesFromOwnOrigin(request, allowed), comesFromForeignOrigin(request, allowed)]
  assert.isFalse(own && foreign)
  return own ? "our own" : foreign ? "foreign" : "unknown"
}, Effect.provide(origins))

const changing: ReadonlyArray<readonly [headers: Readonly<Record<string, string>>, place: Place]> = [
  [{}, "unknown"],
  [{ "sec-fetch-site": "same-origin" }, "our own"],
  [{ "sec-fetch-site": "none" }, "our own"],
  [{ "sec-fetch-site": "same-site" }, "foreign"],
  [{ "sec-fetch-site": "cross-site" }, "foreign"],
  [{ "sec-fetch-site": "" }, "foreign"],
  [{ origin: "https://identity.example" }, "our own"],
  [{ origin: "https://app.example" }, "our own"],
  [{ origin: EVIL }, "foreign"],
  [{ origin: "null" }, "foreign"],
  [{ origin: "https://app.example:8443" }, "foreign"],
  [{ origin: "https://identity.example/accounts" }, "foreign"],
  [{ origin: "https://app.example", "sec-fetch-site": "cross-site" }, "our own"],
  [{ origin: EVIL, "sec-fetch-site": "same-site" }, "foreign"],
  [{ origin: EVIL, "sec-fetch-site": "same-origin" }, "our own"]
]

describe.each(["POST", "PUT", "PATCH", "DELETE"])("the origin of a %s", (method) => {
  it.effect.each(changing)("with %j is %s", ([headers, place]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* placeOf(method, headers), place)
    }))
})

it.effect.each(["GET", "HEAD", "OPTIONS"])("where a %s comes from does not matter", (method) =>
  Effect.gen(function*() {
    for (const [headers] of changing) assert.strictEqual(yield* placeOf(method, headers), "our own")
  }))
