import { assert, describe, it, layer } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { Headers, HttpServerRequest } from "effect/http"
import { TestClock } from "effect/testing"
import { bodyLimit, readBody } from "../../../src/adapters/http/exchange/BodyLimit.ts"
import { CurrentRequest } from "../../../src/adapters/http/exchange/RequestContext.ts"
import * as RouteTable from "../../../src/adapters/http/exchange/RouteTable.ts"
import { TestIdentity } from "../../support/TestIdentity.ts"

const LIMIT = 64 * 1024
const DEADLINE = Duration.seconds(10)

const sending = (start: (body: ReadableStreamDefaultController<Uint8Array>) => void) =>
  HttpServerRequest.fromWeb(
    new Request("http://a/", { method: "POST", body: new ReadableStream({ start }), duplex: "half" })
  )

const outcomeOf = (request: HttpServerRequest.HttpServerRequest) =>
  readBody(request, DEADLINE).pipe(
    Effect.match({ onSuccess: (body) => body.byteLength, onFailure: ({ code }) => code })
  )

layer(TestIdentity.layer)("a body that says how long it is", (it) => {
  const announce = (length: string) =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const answer = yield* identity.send("POST", "/accounts", { json: {}, headers: { "content-length": length } })
      return answer.json["code"]
    })

  it.effect.each(["2", String(LIMIT)])("goes on to be read with %s bytes", (length) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* announce(length), "validation-failed")
    }))

  it.effect.each([String(LIMIT + 1), "9".repeat(20)])(
    "is refused unread with %s bytes",
    (length) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* announce(length), "payload-too-large")
      })
  )
})

describe("a body whose announced length is too much", () => {
  const { find } = RouteTable.make([
    { method: "POST", path: "/accounts", takesBody: true },
    { method: "POST", path: "/imports", takesBody: true, streamsBody: true },
    { method: RouteTable.ANY, path: "/gate", takesBody: false }
  ])

  const isRefused = (target: string, length: string | undefined) =>
    Effect.map(CurrentRequest, (request) => {
      const headers = Headers.fromInput({ "content-length": length })
      return bodyLimit({ ...request, headers, route: find(target) }) !== undefined
    })

  it.effect.each<readonly [target: string, length: string | undefined, refused: boolean]>([
    ["/accounts", String(LIMIT), false],
    ["/accounts", String(LIMIT + 1), true],
    ["/accounts", undefined, false],
    ["/nowhere", String(LIMIT + 1), true],
    ["/imports", String(LIMIT + 1), false],
    ["/gate", String(LIMIT + 1), false]
  ])(
    "is refused unless it is read while it arrives, or not at all: %s %s",
    ([target, length, refused]) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* isRefused(target, length), refused)
      })
  )
})

describe("a body that arrives in pieces", () => {
  it.effect("is read to its end", () =>
    Effect.gen(function*() {
      const request = sending((body) => {
        body.enqueue(new Uint8Array(LIMIT - 1))
        body.enqueue(new Uint8Array(1))
        body.close()
      })
      assert.strictEqual(yield* outcomeOf(request), LIMIT)
    }))

  it.effect("is refused at the first piece that is too much, without waiting for its end", () =>
    Effect.gen(function*() {
      const request = sending((body) => {
        body.enqueue(new Uint8Array(LIMIT))
        body.enqueue(new Uint8Array(1))
      })
      assert.strictEqual(yield* outcomeOf(request), "payload-too-large")
    }))

  it.effect("is malformed if it breaks off", () =>
    Effect.gen(function*() {
      const request = sending((body) => {
        body.enqueue(new Uint8Array(1))
        body.error(new Error("reset"))
      })
      assert.strictEqual(yield* outcomeOf(request), "malformed-request")
    }))

  it.effect("is waited for until the deadline and no longer", () =>
    Effect.gen(function*() {
      const reading = yield* Effect.forkChild(outcomeOf(sending((body) => body.enqueue(new Uint8Array(1)))))
      yield* TestClock.adjust(Duration.subtract(DEADLINE, Duration.millis(1)))
      assert.isUndefined(reading.pollUnsafe())
      yield* TestClock.adjust(Duration.millis(1))
      assert.strictEqual(yield* Fiber.join(reading), "request-timeout")
    }))
})
