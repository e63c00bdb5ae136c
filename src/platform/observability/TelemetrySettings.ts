/**
 * The standard `OTEL_*` variables that we read ourselves.
 *
 * They are settings like all others, so they may also be in `.env` or in a directory of secrets, while the
 * OpenTelemetry SDK reads only the environment. The SDK itself reads the rest: compression and certificates.
 */
import { Option, Redacted, Schema, SchemaTransformation, Struct } from "effect"
import { schemaOf } from "../configuration/Setting.ts"
import type { Setting, SettingsTable, TextOf } from "../configuration/Setting.ts"
import * as Syntax from "../configuration/Syntax.ts"
import { REDACTED } from "./Redaction.ts"
import { spanLimits, spanLimitSettings } from "./SpanLimits.ts"
import type { SpanLimits } from "./SpanLimits.ts"
import type { SpanQueueOptions } from "./SpanQueue.ts"

/** Where and how to push one signal. */
export interface Destination {
  readonly url: string
  readonly headers: Redacted.Redacted<Readonly<Record<string, string>>>
  readonly timeoutMillis: number
}

export interface TelemetryOptions {
  readonly serviceName: string
  readonly resourceAttributes: Readonly<Record<string, string>>
  /** Without one, no spans are created. */
  readonly traces: Destination | undefined
  readonly metrics: Destination | undefined
  readonly metricsIntervalMillis: number
  readonly metricsTemporality: "cumulative" | "delta"
  /** The share of traces that begin here to record, and whether a caller's decision takes precedence. */
  readonly sampling: { readonly ratio: number; readonly parentBased: boolean }
  readonly spanQueue: Pick<SpanQueueOptions, "batchMax" | "delayMillis" | "spansMax">
  readonly spanLimits: SpanLimits
}

const Pairs = Syntax.Parsed(
  Schema.Record(Schema.String, Schema.String),
  (text) => parsePairs(text),
  "must be a list of key=value, percent-encoded"
)

type Pairs = Readonly<Record<string, string>>

const parsePairs = (text: string): Pairs | undefined => {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "").map((pair) => {
    const equals = pair.indexOf("=")
    return Option.all([decoded(pair.slice(0, Math.max(equals, 0))), decoded(pair.slice(equals + 1))])
  })
  const all = Option.filter(Option.all(pairs), (found) => found.every(([key]) => key !== ""))
  return Option.getOrUndefined(Option.map(all, Object.fromEntries))
}

const decoded = Option.liftThrowable((text: string) => decodeURIComponent(text.trim()))

const HttpUrl = Syntax.Parsed(Schema.String, (text) => Syntax.httpUrl(text)?.href, "must be an http or https address")

const Ratio = Syntax.Parsed(Schema.Finite, (text) => {
  const value = Number(text)
  return value >= 0 && value <= 1 ? value : undefined
}, "must be a number from 0 to 1")

/** One of a few words, in any case. */
const Word = <const W extends string>(words: ReadonlyArray<W>) =>
  Schema.Trim.pipe(Schema.decode(SchemaTransformation.toLowerCase()), Schema.decodeTo(Syntax.OneOf(words)))

/** The default of a setting for one signal: the setting for both. */
const asIn = (name: string) => (textOf: TextOf) => textOf(name)

const INSTANCE = "service.instance.id"

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

const endpoint = (description: string, path?: string) => ({
  schema: Schema.optionalKey(HttpUrl),
  secret: (text: string) => text.replace(/\/\/[^/@]*@/, `//${REDACTED}@`),
  fallback: path === undefined ? path : (textOf: TextOf) => textOf(ENDPOINT)?.trim().replace(/\/?$/, path),
  description
})

/** Headers carry the collector's credentials. */
const headers = (description: string) => ({ schema: Schema.optionalKey(Pairs), secret: true, description } as const)

const count = (fallback: Setting["fallback"], description: string, min = 1) => ({
  schema: Schema.Trim.pipe(Schema.decodeTo(Syntax.WholeNumber({ min, max: 999_999_999 }))),
  fallback,
  description
})

/** `http/protobuf` is accepted, but JSON is sent. Every receiver of OTLP over HTTP takes both. */
const protocol = (fallback: Setting["fallback"], description: string) => ({
  schema: Word(["http/json", "http/protobuf"]),
  fallback,
  description
})

const exporter = { schema: Word(["otlp", "none"]), fallback: "otlp" }

export const telemetrySettings = {
  OTEL_SDK_DISABLED: {
    schema: Word(["true", "false"]),
    fallback: "false",
    description: "`true` pushes nothing."
  },
  OTEL_RESOURCE_ATTRIBUTES: {
    schema: Schema.optionalKey(Pairs),
    description: "Attributes of the server in pushed telemetry: `key=value,…`, percent-encoded. " +
      "`service.instance.id` is host and process id by default; workers add their number to a given one."
  },
  OTEL_SERVICE_NAME: {
    schema: Schema.Trim,
    fallback: (textOf) => parsePairs(textOf("OTEL_RESOURCE_ATTRIBUTES") ?? "")?.["service.name"] ?? "identity",
    description: "Name of the service in pushed telemetry. It takes precedence over `service.name` of the attributes."
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(
    "Base address of the collector: traces go to `/v1/traces` below it, metrics to `/v1/metrics`. Without it, nothing is pushed."
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint(
    "The exact address for traces, if not below the common one.",
    "/v1/traces"
  ),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint(
    "The exact address for metrics, if not below the common one.",
    "/v1/metrics"
  ),
  OTEL_EXPORTER_OTLP_HEADERS: headers("Headers of each push: `key=value,…`, percent-encoded."),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: headers("Further headers for traces. They take precedence."),
  OTEL_EXPORTER_OTLP_METRICS_HEADERS: headers("Further headers for metrics. They take precedence."),
  OTEL_EXPORTER_OTLP_TIMEOUT: count("10000", "How long a push may take, in milliseconds."),
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: count(asIn("OTEL_EXPORTER_OTLP_TIMEOUT"), "The same for traces."),
  OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: count(asIn("OTEL_EXPORTER_OTLP_TIMEOUT"), "The same for metrics."),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol(
    "http/json",
    "`http/protobuf` is accepted, but JSON is sent, which every OTLP/HTTP receiver takes. `grpc` is refused."
  ),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol(asIn("OTEL_EXPORTER_OTLP_PROTOCOL"), "The same for traces."),
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocol(asIn("OTEL_EXPORTER_OTLP_PROTOCOL"), "The same for metrics."),
  OTEL_TRACES_EXPORTER: { ...exporter, description: "`none` pushes no traces." },
  OTEL_METRICS_EXPORTER: { ...exporter, description: "`none` pushes no metrics." },
  OTEL_TRACES_SAMPLER: {
    schema: Word([
      "parentbased_always_on",
      "parentbased_always_off",
      "parentbased_traceidratio",
      "always_on",
      "always_off",
      "traceidratio"
    ]),
    fallback: "parentbased_always_on",
    description: "Which traces are recorded: also `parentbased_always_off`, `parentbased_traceidratio`, `always_on`, " +
      "`always_off` and `traceidratio`."
  },
  OTEL_TRACES_SAMPLER_ARG: {
    schema: Ratio,
    fallback: "1",
    description: "The share of traces that the two samplers with `traceidratio` record, from 0 to 1."
  },
  OTEL_BSP_MAX_QUEUE_SIZE: count("2048", "The most spans that wait to be pushed. Further ones are dropped."),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: count("512", "The most spans in a push. As many are pushed at once."),
  OTEL_BSP_SCHEDULE_DELAY: count("5000", "The longest that fewer spans wait, in milliseconds.", 0),
  OTEL_BSP_EXPORT_TIMEOUT: count(
    "30000",
    "How long a push of spans may take, in milliseconds, if not less by `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`. " +
      "0 sets no limit of its own.",
    0
  ),
  ...spanLimitSettings,
  OTEL_METRIC_EXPORT_INTERVAL: count("60000", "How often metrics are pushed, in milliseconds."),
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: {
    schema: Word(["cumulative", "delta", "lowmemory"]),
    fallback: "cumulative",
    description:
      "What counters report: the total since the start, or (`delta`, `lowmemory`) the increase since the last push."
  }
} satisfies SettingsTable

const TelemetryValues = Schema.Struct(Struct.map(telemetrySettings, schemaOf))

/** The options of one process. Each process of a server pushes series of its own; `worker` is its number. */
export const telemetryOptions = (settings: typeof TelemetryValues.Type, worker?: number): TelemetryOptions => {
  const common = settings.OTEL_EXPORTER_OTLP_HEADERS
  const sampler = settings.OTEL_TRACES_SAMPLER
  const pushed = (exporter: "otlp" | "none", url: string | undefined, own: typeof common, timeoutMillis: number) =>
    settings.OTEL_SDK_DISABLED === "true" || exporter === "none" || url === undefined
      ? undefined
      : { url, headers: Redacted.make({ ...common, ...own }, { label: "OtlpHeaders" }), timeoutMillis }
  return {
    serviceName: settings.OTEL_SERVICE_NAME,
    resourceAttributes: ofWorker(settings.OTEL_RESOURCE_ATTRIBUTES ?? {}, worker),
    traces: pushed(
      settings.OTEL_TRACES_EXPORTER,
      settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
      settings.OTEL_EXPORTER_OTLP_TRACES_HEADERS,
      Math.min(settings.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT, settings.OTEL_BSP_EXPORT_TIMEOUT || Infinity)
    ),
    metrics: pushed(
      settings.OTEL_METRICS_EXPORTER,
      settings.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT,
      settings.OTEL_EXPORTER_OTLP_METRICS_HEADERS,
      settings.OTEL_EXPORTER_OTLP_METRICS_TIMEOUT
    ),
    spanQueue: {
      spansMax: settings.OTEL_BSP_MAX_QUEUE_SIZE,
      batchMax: Math.min(settings.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, settings.OTEL_BSP_MAX_QUEUE_SIZE),
      delayMillis: settings.OTEL_BSP_SCHEDULE_DELAY
    },
    spanLimits: spanLimits(settings),
    metricsIntervalMillis: settings.OTEL_METRIC_EXPORT_INTERVAL,
    metricsTemporality: settings.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE === "cumulative"
      ? "cumulative"
      : "delta",
    sampling: {
      parentBased: sampler.startsWith("parentbased_"),
      ratio: sampler.endsWith("ratio") ? settings.OTEL_TRACES_SAMPLER_ARG : sampler.endsWith("always_off") ? 0 : 1
    }
  }
}

/**
 * Appends the worker's number to an instance id that the operator chose. The default id has the process id, which
 * differs anyway.
 */
const ofWorker = ({ [INSTANCE]: named, ...others }: Pairs, worker: number | undefined): Pairs =>
  named === undefined ? others : { ...others, [INSTANCE]: worker === undefined ? named : `${named}:${worker}` }
