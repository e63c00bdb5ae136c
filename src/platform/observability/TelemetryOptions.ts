/**
 * What the standard `OTEL_*` variables ask for, as far as this adapter decides on it.
 *
 * They come in as texts because they may stand in the environment, in `.env` or in a directory of secrets, while the
 * OpenTelemetry SDK knows the environment only. What is not read here (batching, span limits, compression,
 * certificates) the SDK reads there by itself.
 */
import { Redacted } from "effect"
import { wholeNumberIn } from "../../kernel/WholeNumber.ts"
import type { SettingProblem } from "../process/CommandFailed.ts"

/** Texts of variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>

/** Where and how one signal is pushed. */
export interface Destination {
  readonly url: string
  readonly headers: Redacted.Redacted<Readonly<Record<string, string>>>
  readonly timeoutMillis: number
}

export interface TelemetryOptions {
  readonly serviceName: string
  readonly resourceAttributes: Readonly<Record<string, string>>
  /** Without one no spans are made. */
  readonly traces: Destination | undefined
  readonly metrics: Destination | undefined
  readonly metricsIntervalMillis: number
  readonly metricsTemporality: "cumulative" | "delta"
  /** The share of traces that begin here to record, and whether a caller's decision goes before it. */
  readonly sampling: { readonly ratio: number; readonly parentBased: boolean }
}

const DEFAULT_TIMEOUT_MS = 10_000
const DEFAULT_INTERVAL_MS = 60_000

/** Reads the variables. An empty text counts as none; what can't be used is reported and its default applies. */
export const fromVariables = (variables: Variables): {
  readonly options: TelemetryOptions
  readonly problems: ReadonlyArray<SettingProblem>
} => {
  const problems: Array<SettingProblem> = []
  const reader = makeReader(variables, problems)
  const disabled = reader.choice("OTEL_SDK_DISABLED", ["true", "false"], "false") === "true"
  const attributes = reader.pairs("OTEL_RESOURCE_ATTRIBUTES")
  const temporality = reader.choice(
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    ["cumulative", "delta", "lowmemory"],
    "cumulative"
  )
  return {
    problems,
    options: {
      serviceName: reader.text("OTEL_SERVICE_NAME") ?? attributes["service.name"] ?? "identity",
      resourceAttributes: attributes,
      traces: disabled ? undefined : destination(reader, "TRACES"),
      metrics: disabled ? undefined : destination(reader, "METRICS"),
      metricsIntervalMillis: reader.positive("OTEL_METRIC_EXPORT_INTERVAL") ?? DEFAULT_INTERVAL_MS,
      metricsTemporality: temporality === "cumulative" ? "cumulative" : "delta",
      sampling: sampling(reader)
    }
  }
}

/**
 * For one of several processes of a server. Each pushes series of its own, so they need names of their own: without one
 * they take their process id, but an instance that the operator has named is to be told apart by the worker.
 */
export const ofWorker = (options: TelemetryOptions, worker: number): TelemetryOptions => {
  const { [INSTANCE]: named, ...others } = options.resourceAttributes
  return named === undefined
    ? options
    : { ...options, resourceAttributes: { ...others, [INSTANCE]: `${named}:${worker}` } }
}

const INSTANCE = "service.instance.id"

type Reader = ReturnType<typeof makeReader>

const makeReader = (variables: Variables, problems: Array<SettingProblem>) => {
  const text = (name: string) => {
    const found = variables[name]?.trim()
    return found === "" ? undefined : found
  }
  const parsed = <A>(name: string, parse: (text: string) => A | undefined, expected: string): A | undefined => {
    const found = text(name)
    const value = found === undefined ? undefined : parse(found)
    if (found !== undefined && value === undefined) problems.push({ name, problem: `must be ${expected}` })
    return value
  }
  return {
    text,
    parsed,
    choice: (name: string, choices: ReadonlyArray<string>, fallback: string): string =>
      parsed(name, (found) => choices.find((one) => one === found.toLowerCase()), choices.join(" or ")) ?? fallback,
    positive: (name: string) => parsed(name, (found) => wholeNumberIn(MILLIS, found), "a number of milliseconds"),
    pairs: (name: string) => parsed(name, parsePairs, "a list of key=value, percent-encoded") ?? {}
  }
}

const MILLIS = { min: 1, max: 999_999_999 }

const parsePairs = (text: string): Readonly<Record<string, string>> | undefined => {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "").map((pair) => {
    const equals = pair.indexOf("=")
    return [decoded(pair.slice(0, Math.max(equals, 0))), decoded(pair.slice(equals + 1))] as const
  })
  const complete = pairs.flatMap(([key, value]) =>
    key === undefined || key === "" || value === undefined ? [] : [
      [key, value] as const
    ]
  )
  return complete.length === pairs.length ? Object.fromEntries(complete) : undefined
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.trim())
  } catch {
    return undefined
  }
}

/** A signal goes where its own endpoint says, else below the common one. Without either it is not pushed. */
const destination = (reader: Reader, signal: "TRACES" | "METRICS"): Destination | undefined => {
  const own = reader.parsed(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, httpUrl, HTTP_URL)
  const common = reader.parsed("OTEL_EXPORTER_OTLP_ENDPOINT", httpUrl, HTTP_URL)
  const url = own ?? (common === undefined ? undefined : `${common.replace(/\/$/, "")}/v1/${signal.toLowerCase()}`)
  const exporter = reader.choice(`OTEL_${signal}_EXPORTER`, ["otlp", "none"], "otlp")
  const specific = (name: string) =>
    reader.text(`OTEL_EXPORTER_OTLP_${signal}_${name}`) === undefined
      ? `OTEL_EXPORTER_OTLP_${name}`
      : `OTEL_EXPORTER_OTLP_${signal}_${name}`
  // JSON is what is sent; every receiver of OTLP over HTTP takes both encodings.
  reader.choice(specific("PROTOCOL"), ["http/json", "http/protobuf"], "http/json")
  const headers = {
    ...reader.pairs("OTEL_EXPORTER_OTLP_HEADERS"),
    ...reader.pairs(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`)
  }
  const timeoutMillis = reader.positive(specific("TIMEOUT")) ?? DEFAULT_TIMEOUT_MS
  return url === undefined || exporter === "none"
    ? undefined
    : { url, headers: Redacted.make(headers, { label: "OtlpHeaders" }), timeoutMillis }
}

const HTTP_URL = "an http or https address"

const httpUrl = (text: string): string | undefined => {
  const url = URL.parse(text)
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") ? url.href : undefined
}

const sampling = (reader: Reader): TelemetryOptions["sampling"] => {
  const name = reader.choice("OTEL_TRACES_SAMPLER", [
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
    "always_on",
    "always_off",
    "traceidratio"
  ], "parentbased_always_on")
  const given = reader.parsed("OTEL_TRACES_SAMPLER_ARG", ratio, "a number from 0 to 1") ?? 1
  return {
    parentBased: name.startsWith("parentbased_"),
    ratio: name.endsWith("ratio") ? given : name.endsWith("always_off") ? 0 : 1
  }
}

const ratio = (text: string): number | undefined => {
  const value = Number(text)
  return value >= 0 && value <= 1 ? value : undefined
}
