/**
 * The log: one line an event on stderr, JSON or readable text, at or above a level.
 *
 * Replaces all other loggers, so that no line escapes the rules of `LogLines` and no span carries log messages.
 * They carry the time of the machine, as its other logs do, also where the code that logs has another clock.
 * Lines that a slow reader made us drop are counted in `identity_log_lines_dropped_total`, and the next line that goes
 * out says so in `lines_dropped`.
 */
import { Clock, Config, Effect, Layer, Logger, Metric, Option, References } from "effect"
import type { LogLevel } from "effect"
import type { Writable } from "node:stream"
import { WriteStream } from "node:tty"
import { exceptionCounter } from "./Exceptions.ts"
import { jsonLine, prettyLine } from "./LogLines.ts"
import type { LineFormat } from "./LogLines.ts"
import * as LogSink from "./LogSink.ts"

export interface LoggingOptions {
  readonly format: "json" | "pretty"
  readonly level: LogLevel.LogLevel
  /** Where lines go; stderr unless said. */
  readonly stream?: Writable
}

/** How long the end of the process waits for a slow reader of the log. */
const FLUSH_TIMEOUT = "500 millis"

const linesDropped = Metric.counter("identity_log_lines_dropped_total", {
  description: "Log lines dropped because nobody read them in time",
  incremental: true
})

export const layer = (options: LoggingOptions): Layer.Layer<never> =>
  Layer.unwrap(Effect.gen(function*() {
    const stream = options.stream ?? process.stderr
    const sink = yield* Effect.acquireRelease(
      Effect.sync(() => LogSink.make(stream)),
      (sink) =>
        Effect.callback<void>((resume) => sink.flush(() => resume(Effect.void))).pipe(
          Effect.timeoutOption(FLUSH_TIMEOUT)
        )
    )
    // Also where the process ends without ending this layer, by a bug: its last lines are those that are looked for.
    yield* Effect.acquireRelease(
      Effect.sync(() => process.on("exit", sink.send)),
      () => Effect.sync(() => process.off("exit", sink.send))
    )
    const context = yield* Effect.context<never>()
    yield* Effect.acquireRelease(
      Effect.sync(() => Metric.registerUnsafe(linesDropped, context, droppedLines(sink))),
      (registration) => Effect.sync(registration.remove)
    )
    const format = options.format === "json" ? jsonLine : prettyLine(hasColours(stream))
    const clock = yield* Clock.Clock
    return Layer.mergeAll(
      Logger.layer([lineLogger(format, sink, clock), exceptionCounter]),
      Layer.succeed(References.MinimumLogLevel, options.level)
    )
  }))

/** Commands speak through their results and failures. Their log is for debugging. */
export const layerCommand = Layer.unwrap(Effect.gen(function*() {
  const asked = yield* Effect.orDie(Config.option(Config.String("IDENTITY_LOG_LEVEL")))
  const isWanted = Option.exists(asked, (level) => level === "trace" || level === "debug")
  return layer({ format: "pretty", level: isWanted ? "Debug" : "Fatal" })
}))

const lineLogger = (format: LineFormat, sink: LogSink.LogSink, clock: Clock.Clock) => {
  let told = 0
  return Logger.make<unknown, void>((event) => {
    const dropped = sink.dropped()
    const more = dropped === told ? {} : { lines_dropped: dropped - told }
    sink.write(format(event, clock.currentTimeMillisUnsafe(), more))
    if (sink.dropped() === dropped) told = dropped
  })
}

const droppedLines = (sink: LogSink.LogSink): Metric.Metric.Hooks<number, Metric.CounterState<number>> => ({
  get: () => ({ count: sink.dropped(), incremental: true }),
  update: () => undefined,
  modify: () => undefined
})

/** Colours only on a terminal that wants them: Node looks at `NO_COLOR` and the kind of terminal. */
const hasColours = (stream: Writable): boolean => stream instanceof WriteStream && stream.hasColors()
