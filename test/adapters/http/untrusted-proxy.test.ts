import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Schema } from "effect"
import { TestClock } from "effect/testing"
import { TrustedProxies } from "../../../src/adapters/http/exchange/ClientAddress.ts"
import * as UntrustedProxy from "../../../src/adapters/http/listener/UntrustedProxy.ts"
import { exchange } from "../../support/raw-exchange.ts"
import { listening } from "../../support/RunningServer.ts"
import { tlsFiles } from "../../support/tls-files.ts"

const capture = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
  return { logger, warnings: () => lines.filter((line) => line.includes("IDENTITY_TRUSTED_PROXIES")) }
}

const request = (more: string) => `GET /sessions/me HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${more}\r\n`

const FORWARDED = "x-forwarded-for: 203.0.113.9\r\n"

describe("a proxy that nobody configured", () => {
  it.live.each(["HTTP", "HTTPS"])("is noticed in the log, once, over %s", (protocol) =>
    Effect.gen(function*() {
      const { logger, warnings } = capture()
      const { cert, files } = yield* tlsFiles
      const [ca, options] = protocol === "HTTPS" ? [cert, { tls: files }] : [undefined, {}]
      const port = yield* listening(options, [logger])
      yield* exchange(port, request(""), ca)
      assert.deepStrictEqual(warnings(), [])
      yield* exchange(port, request(protocol === "HTTP" ? FORWARDED : "forwarded: for=203.0.113.9\r\n"), ca)
      for (let count = 0; count < 3; count++) yield* exchange(port, request(FORWARDED), ca)
      assert.lengthOf(warnings(), 1)
    }))

  it.live("is none where one is configured", () =>
    Effect.gen(function*() {
      const { logger, warnings } = capture()
      const trustedProxies = yield* Schema.decodeEffect(TrustedProxies)("10.0.0.1")
      const port = yield* listening({ trustedProxies }, [logger])
      yield* exchange(port, request(FORWARDED))
      assert.deepStrictEqual(warnings(), [])
    }))

  const addresses: ReadonlyArray<readonly [address: string, isNearby: boolean]> = [
    ["127.0.0.1", true],
    ["::1", true],
    ["10.1.2.3", true],
    ["::ffff:10.1.2.3", true],
    ["172.31.255.255", true],
    ["192.168.1.1", true],
    ["fd00::1", true],
    ["fe80::1", true],
    ["172.32.0.1", false],
    ["203.0.113.9", false],
    ["::ffff:203.0.113.9", false],
    ["2001:db8::1", false]
  ]

  it.effect.each(addresses)("may have the address %s: %s", ([remoteAddress, isNearby]) => {
    const { logger, warnings } = capture()
    return Effect.gen(function*() {
      const look = yield* UntrustedProxy.make
      look({ "x-forwarded-for": "198.51.100.7" }, remoteAddress)
      yield* TestClock.adjust("1 second")
      assert.lengthOf(warnings(), isNearby ? 1 : 0)
    }).pipe(Effect.provide(Logger.layer([logger])))
  })
})
