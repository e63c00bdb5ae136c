import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Metric, Option, References, Result } from "effect"
import { TestClock } from "effect/testing"
import * as ConnectionLimit from "../../../src/adapters/http/listener/ConnectionLimit.ts"
import { openConnection, parseAnswer } from "../../support/raw-exchange.ts"
import { listening } from "../../support/RunningServer.ts"
import { tlsFiles } from "../../support/tls-files.ts"

interface Line {
  readonly message: string
  readonly annotations: Readonly<Record<string, unknown>>
}

const logTo = (lines: Array<Line>) =>
  Logger.make<unknown, void>(({ fiber, message }) => {
    lines.push({ message: String(message), annotations: fiber.getRef(References.CurrentLogAnnotations) })
  })

const refusals = Effect.map(
  Metric.snapshot,
  (metrics) => metrics.find(({ id }) => id === "identity_connections_refused_total")?.state
)

const ownMetrics = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => Effect.provideService(test, Metric.MetricRegistry, new Map()))

const HOST = "host: identity.example\r\n"
const ASK = `GET /sessions/me HTTP/1.1\r\n${HOST}\r\n`
const ASK_ONCE = `GET /sessions/me HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`

const warnings = (lines: ReadonlyArray<Line>) => lines.filter(({ message }) => message.includes("are open"))

describe("[ASVS 13.1.2] with as many connections as there may be", () => {
  it.live.each(["HTTP", "HTTPS"])(
    "others are closed at once, counted and logged, and those that are open go on, over %s",
    (protocol) =>
      Effect.gen(function*() {
        const lines: Array<Line> = []
        const { cert, files } = yield* tlsFiles
        const isTls = protocol === "HTTPS"
        const port = yield* listening({ connectionsMax: 3, ...(isTls ? { tls: files } : {}) }, [logTo(lines)])
        const open = openConnection(port, isTls ? cert : undefined)
        const held = yield* Effect.replicateEffect(open, 3)
        // The server doesn't even start a TLS handshake.
        const others = yield* Effect.replicateEffect(Effect.result(Effect.flatMap(open, ({ ended }) => ended)), 20)
        const fates = others.map(Result.getOrElse(({ name }) => name === "TimeoutError" ? "still open" : ""))
        assert.deepStrictEqual([...new Set(fates)], [""])
        assert.deepStrictEqual(yield* refusals, { count: 20, incremental: true })
        for (const connection of held) {
          yield* connection.write(ASK)
          yield* connection.write(ASK_ONCE)
          assert.strictEqual((yield* connection.ended).match(/HTTP\/1\.1 401/g)?.length, 2)
        }
        const next = yield* open
        yield* next.write(ASK_ONCE)
        assert.strictEqual(parseAnswer(yield* next.ended).status, 401)
        assert.lengthOf(warnings(lines), 1)
        assert.include(warnings(lines)[0]?.message, "IDENTITY_CONNECTIONS_MAX")
      }).pipe(ownMetrics)
  )

  it.effect("the log says so at once, and then every minute while it goes on", () => {
    const lines: Array<Line> = []
    const counts = () => lines.map(({ annotations }) => annotations["connections_refused"])
    return Effect.gen(function*() {
      const { onRefused } = yield* ConnectionLimit.make(3, [])
      onRefused()
      yield* TestClock.adjust("1 second")
      for (let index = 0; index < 50; index++) onRefused()
      yield* TestClock.adjust("58 seconds")
      assert.deepStrictEqual(counts(), [1])
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(counts(), [1, 50])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(counts(), [1, 50])
      onRefused()
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(counts(), [1, 50, 1])
    }).pipe(Effect.provide(Logger.layer([logTo(lines)])), ownMetrics)
  })
})

describe("the files that a process may have open", () => {
  const judge = (openFilesMax: Option.Option<number>) =>
    ConnectionLimit.judgeOpenFiles(openFilesMax, { connectionsMax: 1024, databaseConnectionsMax: 10 })

  it("have to be enough for all connections, to clients and to the database, and for the rest", () => {
    assert.strictEqual(judge(Option.some(1334)).outcome, "ok")
    const few = judge(Option.some(1333))
    assert.strictEqual(few.outcome, "failure")
    assert.match(few.detail, /1333 .* 1334 .*IDENTITY_CONNECTIONS_MAX at 1024/)
    assert.include(few.advice, "LimitNOFILE")
  })

  it("are enough where the system has no limit", () => {
    assert.strictEqual(judge(Option.none()).outcome, "ok")
  })
})
