import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Layer, Metric, Redacted, Schema, Tracer } from "effect"
import { createServer, Socket } from "node:net"
import type { AddressInfo } from "node:net"
import * as Logging from "../../../src/platform/observability/Logging.ts"
import * as Telemetry from "../../../src/platform/observability/Telemetry.ts"
import * as LogCapture from "./LogCapture.ts"
import { lines, logged } from "./LogCapture.ts"
import { prometheusText } from "./prometheus-text.ts"
import { optionsOf } from "./telemetry-options.ts"

const canary = "correct-horse-battery-staple"

describe("the JSON log", () => {
  it.live("[ASVS 16.2.1, 16.2.2, 16.2.4] an event is one line with time, level, message and its annotations", () =>
    Effect.gen(function*() {
      const text = yield* logged(
        Effect.logWarning("Session refused").pipe(Effect.annotateLogs({ method: "GET", status: 401, request_id: "r1" }))
      )
      const [line] = lines(text)
      assert.strictEqual(text.split("\n").length, 2)
      assert.match(String(line?.["time"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.deepStrictEqual({ ...line, time: undefined }, {
        time: undefined,
        level: "warn",
        message: "Session refused",
        method: "GET",
        status: 401,
        request_id: "r1"
      })
    }))

  it.live("[ASVS 16.4.1] line breaks, terminal commands and line separators stay inside their field", () =>
    Effect.gen(function*() {
      const hostile = "a\r\nb\u001b[2J\u009b2J\u0085\u2028{\"level\":\"fatal\"}"
      const text = yield* logged(Effect.logInfo(hostile).pipe(Effect.annotateLogs({ user_agent: hostile })))
      assert.match(text, /^[\u0020-\u007e]+\n$/)
      assert.strictEqual(lines(text)[0]?.["user_agent"], hostile)
    }))

  it.live("[P8] [ASVS 16.2.5] redacted values, secret fields and addresses never show", () =>
    Effect.gen(function*() {
      const text = yield* logged(
        Effect.logError(`Mail to ada@example.com`, { password: canary }, new Error(`rejected "${canary}"`)).pipe(
          Effect.annotateLogs({
            key: Redacted.make(canary),
            session_token: canary,
            input: { nested: [{ new_password: canary, secret: Redacted.make(canary) }] }
          })
        )
      )
      assert.strictEqual(lines(text).length, 1)
      assert.notInclude(text, canary)
      assert.notInclude(text, "ada@example.com")
    }))

  it.live("[P8] an exception shows its type and where it happened, once, and not what it rejected", () =>
    Effect.gen(function*() {
      const Payload = Schema.Struct({ password: Schema.Finite })
      const cause = Cause.combine(
        Cause.die(new TypeError(`bad "${canary}"\n    at ${canary} (file:1:2)`, { cause: new Error(`'${canary}'`) })),
        Cause.fail(yield* Effect.flip(Schema.decodeUnknownEffect(Payload)({ password: canary })))
      )
      const text = yield* logged(Effect.logError("Request failed", cause))
      const [line] = lines(text)
      assert.notInclude(text, canary)
      assert.strictEqual(line?.["exception.type"], "TypeError")
      assert.include(String(line?.["exception.stacktrace"]), "Logging.test.ts")
      assert.include(String(line?.["exception.stacktrace"]), "Caused by Error")
    }))

  it.live("an event that can't be serialised is a line all the same", () =>
    Effect.gen(function*() {
      const circular: Record<string, unknown> = { count: 1n }
      circular["self"] = circular
      const text = yield* logged(Effect.logInfo("odd").pipe(Effect.annotateLogs({ circular, big: 12n })))
      assert.strictEqual(lines(text).length, 1)
    }))

  it.live("events below the level are left out", () =>
    Effect.gen(function*() {
      const text = yield* logged(Effect.logInfo("no").pipe(Effect.andThen(Effect.logError("yes"))), { level: "Error" })
      assert.deepStrictEqual(lines(text).map((line) => line["message"]), ["yes"])
    }))

  it.live("a line carries the ids of the span it was written in", () =>
    Effect.gen(function*() {
      const text = yield* logged(
        Effect.logInfo("hello").pipe(Effect.withSpan("inner", { root: true }))
      )
      assert.match(String(lines(text)[0]?.["trace_id"]), /^[0-9a-f]{32}$/)
      assert.match(String(lines(text)[0]?.["span_id"]), /^[0-9a-f]{16}$/)
    }))

  it.live("without tracing, a line below the caller's span still carries the caller's trace id", () =>
    Effect.gen(function*() {
      const parent = Tracer.externalSpan({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" })
      const untraced = Telemetry.layer({ ...optionsOf({}), serviceVersion: "1.2.3" })
      const text = yield* logged(
        Effect.logInfo("hello").pipe(
          Effect.withSpan("Sessions.verify"),
          Effect.withParentSpan(parent),
          Effect.provide(untraced)
        )
      )
      assert.strictEqual(lines(text)[0]?.["trace_id"], parent.traceId)
      assert.isUndefined(lines(text)[0]?.["span_id"])
    }))
})

describe("the readable log", () => {
  it.live("an event is one line of time, level, message and fields, with the stack below it", () =>
    Effect.gen(function*() {
      const text = yield* logged(
        Effect.logError("Request failed", Cause.die(new Error("boom"))).pipe(Effect.annotateLogs({ status: 500 })),
        { format: "pretty" }
      )
      const [head, ...stack] = text.trimEnd().split("\n")
      assert.match(head ?? "", /^\d\d:\d\d:\d\d\.\d{3} ERROR Request failed status=500 exception\.type=Error/)
      assert.strictEqual(stack[0], "  Error: boom")
      assert.isTrue(stack.every((line) => line.startsWith("  ")))
    }))

  it.live.each([{ columns: 40, place: "the next line" }, { columns: 0, place: "the same line" }])(
    "on a terminal that says it has $columns columns, fields that make a long line are on $place",
    ({ columns, place }) =>
      Effect.gen(function*() {
        const log = LogCapture.make()
        yield* logged(Effect.logInfo("Started").pipe(Effect.annotateLogs({ path: "/accounts/me", status: 200 })), {
          format: "pretty",
          stream: Object.assign(log.stream, { columns })
        })
        assert.lengthOf(log.text().trimEnd().split("\n"), place === "the next line" ? 2 : 1)
      })
  )

  it.live("what a message says is not repeated as a field", () =>
    Effect.gen(function*() {
      const fields = { method: "POST", route: "/sessions", status: 429, request_id: "r1" }
      const text = yield* logged(
        Effect.logInfo("POST /sessions 429").pipe(Effect.annotateLogs(fields)),
        { format: "pretty" }
      )
      assert.match(text, / INFO +POST \/sessions 429 request_id=r1\n$/)
    }))

  it.live("[ASVS 16.4.1] it can't be made to command the terminal", () =>
    Effect.gen(function*() {
      const hostile = "\u001b]0;owned\u0007\u009b2J\nforged"
      const text = yield* logged(
        Effect.logInfo(hostile).pipe(Effect.annotateLogs({ user_agent: hostile })),
        { format: "pretty" }
      )
      assert.match(text, /^[\u0020-\u007e]+\n$/)
    }))
})

/** The writing end of a connection whose reader does nothing until told. */
const stalledReader = Effect.acquireRelease(
  Effect.callback<{ readonly stream: Socket; readonly reader: Socket; readonly close: () => void }>((resume) => {
    const server = createServer({ pauseOnConnect: true }, (reader) => {
      reader.on("error", () => undefined)
      resume(Effect.succeed({ stream, reader, close: () => server.close() }))
    })
    const stream = new Socket()
    server.listen(0, "127.0.0.1", () => {
      const address: AddressInfo | string | null = server.address()
      if (typeof address === "object" && address !== null) stream.connect(address.port, "127.0.0.1")
    })
  }),
  ({ close, reader, stream }) =>
    Effect.sync(() => {
      stream.destroy()
      reader.destroy()
      close()
    })
)

describe("a log nobody reads", () => {
  it.live("[F14] drops and counts lines instead of waiting for its reader", () =>
    Effect.gen(function*() {
      const { stream } = yield* stalledReader
      const flood = Effect.logInfo("x".repeat(1000)).pipe(Effect.repeat({ times: 20_000 }))
      const started = performance.now()
      const metrics = yield* Effect.provide(
        Effect.andThen(flood, prometheusText),
        Logging.layer({ format: "json", level: "Info", stream })
      )
      assert.isBelow(performance.now() - started, 5000)
      assert.isBelow(stream.writableLength, 2 * 1024 * 1024)
      const dropped = /^identity_log_lines_dropped_total (\d+)$/m.exec(metrics)
      assert.isAbove(Number(dropped?.[1]), 1000)
    }).pipe(Effect.scoped, Effect.provideService(Metric.MetricRegistry, new Map())))

  it.live("[F14] says how many lines are missing once it is read again", () =>
    Effect.gen(function*() {
      const { reader, stream } = yield* stalledReader
      let text = ""
      yield* Effect.provide(
        Effect.gen(function*() {
          yield* Effect.logInfo("x".repeat(1000)).pipe(Effect.repeat({ times: 20_000 }))
          reader.on("data", (chunk) => void (text += String(chunk)))
          reader.resume()
          yield* Effect.logInfo("again").pipe(
            Effect.delay("10 millis"),
            Effect.repeat({ until: () => text.includes("lines_dropped"), times: 200 })
          )
        }),
        Logging.layer({ format: "json", level: "Info", stream })
      )
      const told = lines(text.slice(0, text.lastIndexOf("\n"))).filter((line) => "lines_dropped" in line)
      assert.strictEqual(told.length, 1)
      assert.isAbove(Number(told[0]?.["lines_dropped"]), 1000)
    }).pipe(Effect.scoped, Effect.provideService(Metric.MetricRegistry, new Map())))

  it.live("[F14] goes on without a reader that went away", () =>
    Effect.gen(function*() {
      const { reader, stream } = yield* stalledReader
      yield* Effect.provide(
        Effect.gen(function*() {
          reader.destroy()
          yield* Effect.logInfo("into the void").pipe(Effect.delay("10 millis"), Effect.repeat({ times: 10 }))
        }),
        Logging.layer({ format: "json", level: "Info", stream })
      )
      assert.isFalse(stream.writable)
    }).pipe(Effect.scoped, Effect.provideService(Metric.MetricRegistry, new Map())))
})

describe("the count of exceptions", () => {
  it.live("grows by type with every exception logged as an error, and with no other line", () =>
    Effect.gen(function*() {
      const { stream } = LogCapture.make()
      const text = yield* Effect.gen(function*() {
        yield* Effect.logError("one", Cause.die(new RangeError("x")))
        yield* Effect.logError("two", Cause.die(new RangeError("y")))
        yield* Effect.logError("odd", Cause.die(Object.assign(new Error("z"), { name: "ada@example.com said" })))
        yield* Effect.logWarning("handled", Cause.die(new TypeError("z")))
        yield* Effect.logError("none")
        return yield* prometheusText
      }).pipe(Effect.provide(Layer.fresh(Logging.layer({ format: "json", level: "Info", stream }))))
      assert.include(text, "nodejs_exceptions_total{error_type=\"RangeError\"} 2\n")
      assert.include(text, "nodejs_exceptions_total{error_type=\"Error\"} 1\n")
      assert.notInclude(text, "TypeError")
      assert.notInclude(text, "ada")
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
})
