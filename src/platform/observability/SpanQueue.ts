/**
 * Finished spans that wait to be exported, as the bytes of requests. One request is under way at a time. The queue is
 * bounded: when a collector is too slow or down, further spans are dropped.
 */
import { Effect } from "effect"
import { clearTimeout, setTimeout } from "node:timers"

export interface SpanQueueOptions {
  /** What comes before the spans and after them in the body of a request. */
  readonly around: readonly [before: string, after: string]
  /** Sends a body, which isn't used any more when `done` is called. */
  readonly send: (body: Uint8Array, done: () => void) => void
  /** The most spans that wait. */
  readonly spansMax: number
  /** The most spans in a request. As many are sent at once. */
  readonly batchMax: number
  /** The longest that fewer spans wait for others. */
  readonly delayMillis: number
}

export interface SpanQueue {
  readonly add: (span: string) => void
  /** Sends everything, and completes when nothing is under way any more. */
  readonly flush: Effect.Effect<void>
}

interface Batch {
  bytes: Buffer
  length: number
  spans: number
}

/** Enough for the first hundred spans. */
const BATCH_BYTES = 64 * 1024

/** The most UTF-8 bytes of one UTF-16 code unit. */
const BYTES_PER_CODE_UNIT_MAX = 3

export const make = (
  { around: [before, after], batchMax, delayMillis, send, spansMax }: SpanQueueOptions
): SpanQueue => {
  const full: Array<Batch> = []
  const flushed: Array<() => void> = []
  let open: Batch | undefined
  let spare: Buffer | undefined
  let timer: NodeJS.Timeout | undefined
  let waiting = 0
  let underWay = 0

  const begin = (): Batch => {
    const batch = { bytes: spare ?? Buffer.allocUnsafeSlow(BATCH_BYTES), length: 0, spans: 0 }
    spare = undefined
    write(batch, before)
    // Spans end outside of any effect.
    // @effect-diagnostics-next-line globalTimers:off
    timer = setTimeout(close, delayMillis).unref()
    return batch
  }

  const close = () => {
    if (open === undefined) return
    clearTimeout(timer)
    full.push(open)
    open = undefined
    if (underWay === 0) sendNext()
  }

  const sendNext = () => {
    const batch = full.shift()
    if (batch === undefined) return
    waiting -= batch.spans
    underWay += 1
    write(batch, after)
    send(batch.bytes.subarray(0, batch.length), () => {
      spare = batch.bytes
      underWay -= 1
      if (underWay > 0) return
      if (full.length > 0) sendNext()
      else for (const resume of flushed.splice(0)) resume()
    })
  }

  return {
    add: (span) => {
      if (waiting >= spansMax) return
      waiting += 1
      open ??= begin()
      write(open, open.spans > 0 ? `,${span}` : span)
      open.spans += 1
      if (open.spans >= batchMax) close()
    },
    flush: Effect.callback((resume) => {
      close()
      while (full.length > 0) sendNext()
      if (underWay === 0) resume(Effect.void)
      else flushed.push(() => resume(Effect.void))
    })
  }
}

const write = (batch: Batch, text: string): void => {
  const lengthMax = batch.length + text.length * BYTES_PER_CODE_UNIT_MAX
  if (lengthMax > batch.bytes.length) {
    const larger = Buffer.allocUnsafeSlow(2 * lengthMax)
    batch.bytes.copy(larger, 0, 0, batch.length)
    batch.bytes = larger
  }
  batch.length += batch.bytes.write(text, batch.length)
}
