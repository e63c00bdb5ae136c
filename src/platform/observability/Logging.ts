/**
 * The log: one line for each event at or above a level, on stderr, as JSON or readable text.
 *
 * Replaces all other loggers, so that no line escapes the rules of `LogLines` and no span carries log messages. Lines
 * carry the machine's time, like its other logs, even if the code that logs uses another clock. Lines that are dropped
 * because of a slow reader are counted in `identity_log_lines_dropped_total`, and the next line that is written has
 * their number in `lines_dropped`.
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
  /** Where lines go. stderr by default. */
  readonly stream?: Writable
}

/** How long the process waits at its end for a slow reader of the log. */
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
    // Flush also when the process ends without closing this layer, by a bug: its last lines are the ones that matter.
    yield* Effect.acquireRelease(
      Effect.sync(() => process.on("exit", sink.send)),
      () => Effect.sync(() => process.off("exit", sink.send))
    )
    const context = yield* Effect.context<never>()
    yield* Effect.acquireRelease(
      Effect.sync(() => Metric.registerUnsafe(linesDropped, context, droppedLines(sink))),
      (registration) => Effect.sync(registration.remove)
    )
    const format = options.format === "json" ? jsonLine : prettyLine(hasColours(stream), () => columnsOf(stream))
    const clock = yield* Clock.Clock
    return Layer.mergeAll(
      Logger.layer([lineLogger(format, sink, clock), exceptionCounter]),
      Layer.succeed(References.MinimumLogLevel, options.level)
    )
  }))

/** For commands, which report through their results and failures. Their log is for debugging. */
export const layerCommand = Layer.unwrap(Effect.gen(function*() {
  const asked = yield* Effect.orDie(Config.option(Config.String("IDENTITY_LOG_LEVEL")))
  const isWanted = Option.exists(asked, (level) => level === "trace" || level === "debug")
  return layer({ format: "pretty", level: isWanted ? "Debug" : "Fatal" })
}))

const lineLogger = (format: LineFormat, sink: LogSink.LogSink, clock: Clock.Clock) => {
  let reported = 0
  return Logger.make<unknown, void>((event) => {
    const dropped = sink.dropped()
    const more = dropped === reported ? {} : { lines_dropped: dropped - reported }
    sink.write(format(event, clock.currentTimeMillisUnsafe(), more))
    if (sink.dropped() === dropped) reported = dropped
  })
}

const droppedLines = (sink: LogSink.LogSink): Metric.Metric.Hooks<number, Metric.CounterState<number>> => ({
  get: () => ({ count: sink.dropped(), incremental: true }),
  update: () => undefined,
  modify: () => undefined
})

/** Some terminals say that they have no columns: they don't know how many there are. */
const columnsOf = (stream: Writable): number =>
  "columns" in stream && typeof stream.columns === "number" && stream.columns > 0
    ? stream.columns
    : Number.POSITIVE_INFINITY

/** Colours only on a terminal that wants them. Node checks `NO_COLOR` and the kind of terminal. */
const hasColours = (stream: Writable): boolean => stream instanceof WriteStream && stream.hasColors()
