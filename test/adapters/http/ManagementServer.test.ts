import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Schema } from "effect"
import { isOwnHost } from "../../../src/adapters/http/exchange/LocalHosts.ts"
import type { SharedClock } from "../../../src/domain/clock/SharedClock.ts"
import { StoreUnavailable } from "../../../src/domain/model/IdentityErrors.ts"
import { SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import { StoreHealth } from "../../../src/ports/StoreHealth.ts"
import { knowing } from "../../support/machines.ts"
import { exchange, parseAnswer } from "../../support/raw-exchange.ts"
import { bothListening, healthyStore } from "../../support/RunningServer.ts"
import * as TestServices from "../../support/TestServices.ts"

/** Closes its connection, because a listener that ends would wait a moment for an open one. */
const get = (port: number, path: string, method = "GET") =>
  Effect.promise(async () => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { connection: "close" } })
    return { status: response.status, headers: response.headers, text: await response.text() }
  })

const Checks = Schema.fromJsonString(Schema.Struct({ checks: Schema.Record(Schema.String, Schema.String) }))

const readyz = Effect.fnUntraced(function*(
  store: Layer.Layer<SchemaMigrator | StoreHealth>,
  time: Layer.Layer<never> | Layer.Layer<SharedClock> = Layer.empty
) {
  const { managementPort } = yield* bothListening(Layer.merge(TestServices.layer, time), store)
  const answer = yield* get(managementPort, "/readyz")
  return { ...answer, checks: (yield* Schema.decodeEffect(Checks)(answer.text)).checks }
})

const schema = (pending: SchemaMigrator["Service"]["pending"]) =>
  Layer.merge(healthyStore, Layer.mock(SchemaMigrator, { pending }))

const health = (obstacles: StoreHealth["Service"]["obstacles"]) =>
  Layer.merge(healthyStore, Layer.mock(StoreHealth, { obstacles }))

describe("the management listener", () => {
  const statusFor = (port: number, host: string, path = "/metrics") =>
    Effect.map(
      exchange(port, `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
      (text) => parseAnswer(text).status
    )

  it.live("answers by loopback addresses and names, and to no page whose name leads here", () =>
    Effect.gen(function*() {
      const { managementPort } = yield* bothListening(TestServices.layer)
      const known = ["127.0.0.1:9090", "localhost", "LOCALHOST:9090", "a.localhost", "[::1]:9090", "127.0.0.53"]
      for (const host of known) assert.strictEqual(yield* statusFor(managementPort, host), 200, host)
      const names = ["evil.example", "evil.example:9090", "1.evil.example", "127.0.0.1.evil.example", "[::1", "a b"]
      for (const host of [...names, "10.1.2.3:9090", "[2001:db8::1]", "identity:9090", "db.internal:9090"]) {
        for (const path of ["/metrics", "/readyz", "/docs", "/none"]) {
          assert.strictEqual(yield* statusFor(managementPort, host, path), 400, `${host} ${path}`)
        }
      }
    }))

  it.each([
    ["10.1.2.3", ["10.1.2.3:9090", "localhost"], ["10.1.2.4", "identity", "db.internal"]],
    ["::1", ["[::1]:9090", "[0:0:0:0:0:0:0:1]", "127.0.0.1"], ["[2001:db8::1]"]],
    ["2001:db8::1", ["[2001:DB8:0::1]:9090"], ["[2001:db8::2]"]],
    ["metrics.example.com", ["METRICS.example.com:9090"], ["example.com", "a.metrics.example.com", "10.1.2.3"]]
  ])("on %s answers by that, and by loopback", (configured, known, unknown) => {
    for (const host of known) assert.isTrue(isOwnHost(host, configured), host)
    for (const host of unknown) assert.isFalse(isOwnHost(host, configured), host)
  })

  it.each(["0.0.0.0", "::"])(
    "on %s, which is every address, answers by addresses and by names nobody has in public",
    (all) => {
      const known = [
        "10.1.2.3:9090",
        "[2001:db8::1]",
        "server:9090",
        "identity.default.svc.cluster.local",
        "a.internal"
      ]
      for (const host of known) assert.isTrue(isOwnHost(host, all), host)
      const unknown = ["evil.example", "evil.local.example", "a b", "[::1", "[a.internal]"]
      for (const host of unknown) assert.isFalse(isOwnHost(host, all), host)
    }
  )
})

describe("/readyz", () => {
  it.live("is ready while the store answers and its schema is current", () =>
    Effect.gen(function*() {
      const { checks, headers, status } = yield* readyz(healthyStore)
      assert.strictEqual(status, 200)
      assert.strictEqual(headers.get("content-type"), "application/json")
      assert.deepStrictEqual(checks, {
        server: "ok",
        store: "ok",
        schema: "ok",
        database: "ok",
        rights: "ok",
        writes: "ok",
        clock: "ok"
      })
    }))

  it.live("says that the store can't be reached, and when to ask again", () =>
    Effect.gen(function*() {
      const { checks, headers, status } = yield* readyz(schema(Effect.fail(new StoreUnavailable())))
      assert.strictEqual(status, 503)
      assert.strictEqual(headers.get("content-type"), "application/problem+json")
      assert.isNotNull(headers.get("retry-after"))
      assert.include(checks["store"], "can't be reached")
    }))

  it.live("names each thing that keeps the store from serving", () =>
    Effect.gen(function*() {
      const obstacles = [
        { check: "rights", problem: "are missing." },
        { check: "rights", problem: "are hidden." },
        { check: "writes", problem: "are refused." }
      ] as const
      const { checks, status, text } = yield* readyz(health(Effect.succeed(obstacles)))
      assert.strictEqual(status, 503)
      assert.deepInclude(checks, {
        store: "ok",
        database: "ok",
        rights: "are missing. are hidden.",
        writes: "are refused."
      })
      assert.include(text, "writes are refused")
    }))

  it.live("says why the store can't be used, where that is known", () =>
    Effect.gen(function*() {
      const { checks, status } = yield* readyz(health(Effect.fail(new StoreUnavailable({ reason: "login-refused" }))))
      assert.strictEqual(status, 503)
      assert.strictEqual(checks["store"], "can't be used: login refused")
    }))

  it.live("does not wait for a store that never answers", () =>
    Effect.gen(function*() {
      const { checks, status } = yield* readyz(schema(Effect.never))
      assert.strictEqual(status, 503)
      assert.include(checks["store"], "can't be reached")
    }))

  it.live("says that migrations are pending", () =>
    Effect.gen(function*() {
      const { checks, status } = yield* readyz(schema(Effect.succeed([{ id: 2, name: "add_something" }])))
      assert.strictEqual(status, 503)
      assert.strictEqual(checks["store"], "ok")
      assert.include(checks["schema"] ?? "", "1 pending")
    }))
})

describe("the clock of /readyz", () => {
  it.live.each(
    [
      ["close", Duration.seconds(2), 200, "ok"],
      ["off", Duration.seconds(60), 200, "ok"],
      ["far-off", Duration.seconds(61), 503, "is 1m 1s behind the database's"],
      ["far-off", Duration.days(-8), 503, "is 8d ahead of the database's"],
      ["unknown", Duration.zero, 503, "is not known yet"]
    ] as const
  )("that is %s answers by it", ([agreement, offset, expected, words]) =>
    Effect.gen(function*() {
      const { checks, status, text } = yield* readyz(healthyStore, knowing(() => agreement, Duration.toMillis(offset)))
      assert.deepStrictEqual([status, checks["clock"]], [expected, words])
      assert.strictEqual(text.includes(`Not ready: clock ${words}.`), expected === 503)
    }))
})

describe("the management listener", () => {
  it.live("serves liveness, metrics and the API reference, with the headers of every answer", () =>
    Effect.gen(function*() {
      const { managementPort } = yield* bothListening(TestServices.layer)
      const expected = [
        ["/livez", "application/json"],
        ["/metrics", "text/plain; version=0.0.4; charset=utf-8"],
        ["/docs", "text/html; charset=utf-8"],
        ["/openapi.json", "application/json"]
      ] as const
      for (const [path, mediaType] of expected) {
        const { headers, status } = yield* get(managementPort, path)
        assert.strictEqual(status, 200, path)
        assert.strictEqual(headers.get("content-type"), mediaType)
        assert.strictEqual(headers.get("cache-control"), "no-store")
        assert.isNotNull(headers.get("x-request-id"))
        assert.isNotNull(headers.get("content-security-policy"))
      }
    }))

  it.live("serves nothing of the API", () =>
    Effect.gen(function*() {
      const { managementPort } = yield* bothListening(TestServices.layer)
      const { headers, status } = yield* get(managementPort, "/sessions/me")
      assert.strictEqual(status, 404)
      assert.strictEqual(headers.get("content-type"), "application/problem+json")
      assert.strictEqual((yield* get(managementPort, "/livez", "POST")).status, 405)
    }))

  it.live.each(["/livez", "/readyz", "/metrics"])("[ASVS 13.4.5] alone serves %s", (path) =>
    Effect.gen(function*() {
      const { port } = yield* bothListening(TestServices.layer)
      assert.strictEqual((yield* get(port, path)).status, 404)
    }))

  it.live.each(["/livez", "/readyz"])(
    "answers %s over HTTP/1.0, which knows no hosts, and nothing else that way",
    (path) =>
      Effect.gen(function*() {
        const { managementPort } = yield* bothListening(TestServices.layer)
        const statusOf = (line: string) =>
          Effect.map(
            exchange(managementPort, `${line}\r\nconnection: close\r\n\r\n`),
            (text) => parseAnswer(text).status
          )
        assert.strictEqual(yield* statusOf(`GET ${path} HTTP/1.0`), 200)
        assert.strictEqual(yield* statusOf(`GET ${path} HTTP/1.1`), 400)
        assert.strictEqual(yield* statusOf("GET /metrics HTTP/1.0"), 400)
      })
  )

  it.live("compresses what is large and public", () =>
    Effect.gen(function*() {
      const { managementPort, port } = yield* bothListening(TestServices.layer)
      for (const listener of [managementPort, port]) {
        const { headers, text } = yield* get(listener, "/openapi.json")
        assert.strictEqual(headers.get("content-encoding"), "gzip")
        assert.include(text, "\"openapi\"")
        assert.include(headers.get("vary") ?? "", "Accept-Encoding")
      }
      const refusal = yield* get(port, "/sessions/me")
      assert.isNull(refusal.headers.get("content-encoding"))
    }))
})
