/**
 * Records spans for export. A span becomes text when it ends and is garbage from then on. A span that lived until it
 * was exported would be moved by the collector several times, which costs as much as recording it.
 */
import { Context, Option, Tracer } from "effect"
import type { Exit } from "effect"
import * as Hex from "effect/encoding/Hex"
import { Chosen } from "../../kernel/TraceSampling.ts"
import type { TraceSampling } from "../../kernel/TraceSampling.ts"
import { spanJson } from "./SpanJson.ts"
import type { SpanEvent } from "./SpanJson.ts"
import type { SpanLimits } from "./SpanLimits.ts"
import type { TelemetryOptions } from "./TelemetrySettings.ts"

type Samples = typeof TraceSampling.Service

/** Gives each recorded span to `add` when it ends, as JSON. */
export const make = (samples: Samples, limits: SpanLimits, add: (span: string) => void): Tracer.Tracer =>
  Tracer.make({
    span: (options) =>
      isRecorded(samples, options)
        ? new RecordedSpan(options, limits, add)
        : new Tracer.NativeSpan({ ...options, sampled: false })
  })

type SpanOptions = Parameters<Tracer.Tracer["span"]>[0]

const isRecorded = (samples: Samples, { annotations, parent }: SpanOptions): boolean => {
  const above = Option.getOrUndefined(parent)
  if (above?._tag === "Span") return above.sampled
  return Context.get(annotations, Chosen) || samples(above)
}

/**
 * Chooses the given share of traces that begin here at random, and of callers' traces by their id, as OpenTelemetry's
 * SDK does, so that all services choose the same. Where callers' decisions take precedence, these apply instead.
 */
export const sampling = ({ parentBased, ratio }: TelemetryOptions["sampling"], random: () => number): Samples => {
  const bound = Math.floor(ratio * 0xffffffff)
  return (caller) => {
    if (caller === undefined) return random() < ratio
    if (parentBased) return caller.sampled
    return ratio === 1 || foldedId(caller.traceId) < bound
  }
}

const foldedId = (traceId: string): number => {
  let folded = 0
  for (let from = 0; from < 32; from += 8) folded ^= Number.parseInt(traceId.slice(from, from + 8), 16)
  return folded >>> 0
}

class RecordedSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly sampled = true
  readonly name: string
  readonly kind: Tracer.SpanKind
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Context.Context<never>
  readonly links: Array<Tracer.SpanLink>
  readonly traceId: string
  readonly spanId = Hex.random(16)
  readonly fields: Array<unknown> = []
  readonly startTime: bigint
  readonly #limits: SpanLimits
  readonly #add: (span: string) => void
  #events: Array<SpanEvent> | undefined
  status: Tracer.SpanStatus

  constructor(
    { annotations, kind, links, name, parent, startTime }: SpanOptions,
    limits: SpanLimits,
    add: (span: string) => void
  ) {
    this.name = name
    this.kind = kind
    this.parent = parent
    this.annotations = annotations
    this.links = links
    this.traceId = Option.getOrUndefined(parent)?.traceId ?? Hex.random(32)
    this.startTime = startTime
    this.status = { _tag: "Started", startTime }
    this.#limits = limits
    this.#add = add
  }

  get attributes(): ReadonlyMap<string, unknown> {
    const { fields } = this
    return new Map(
      Array.from({ length: fields.length / 2 }, (_, index) => [String(fields[2 * index]), fields[2 * index + 1]])
    )
  }

  get events(): ReadonlyArray<SpanEvent> {
    return this.#events ?? []
  }

  attribute(key: string, value: unknown): void {
    if (this.status._tag === "Ended") return
    const { fields } = this
    for (let index = 0; index < fields.length; index += 2) {
      if (fields[index] !== key) continue
      fields[index + 1] = value
      return
    }
    fields.push(key, value)
  }

  event(name: string, time: bigint, attributes: Readonly<Record<string, unknown>> = {}): void {
    if (this.status._tag === "Ended") return
    this.#events ??= []
    this.#events.push({ name, time, attributes })
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    if (this.status._tag === "Ended") return
    for (const link of links) this.links.push(link)
  }

  /** A clock that was set back makes no span end before its start. */
  end(time: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.status._tag === "Ended") return
    const { events, fields, kind, links, name, parent, spanId, startTime, traceId } = this
    const endTime = time < startTime ? startTime : time
    this.status = { _tag: "Ended", startTime, endTime, exit }
    this.#add(
      spanJson({ events, fields, kind, links, name, parent, spanId, startTime, traceId, endTime, exit }, this.#limits)
    )
  }
}
