/** Captures a log, as text and as the fields of its lines. */
import { Effect, Metric, Schema } from "effect"
import { Writable } from "node:stream"
import * as Logging from "../../../src/platform/observability/Logging.ts"

/** A stream that keeps what is written to it. */
export const make = () => {
  let text = ""
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk)
      done()
    }
  })
  return { stream, text: () => text }
}

/** What an effect logs. */
export const logged = (effect: Effect.Effect<unknown>, options?: Partial<Logging.LoggingOptions>) =>
  Effect.gen(function*() {
    const log = make()
    yield* Effect.provide(effect, Logging.layer({ format: "json", level: "Info", stream: log.stream, ...options }))
    return log.text()
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))

const Line = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))

/** The fields of each line of a JSON log. Throws if one is no JSON. */
export const lines = (text: string) => text.trimEnd().split("\n").map((line) => Schema.decodeSync(Line)(line))
