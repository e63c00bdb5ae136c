/**
 * Finished spans that wait to be exported, as the bytes of requests. One request is under way at a time, and a few are
 * when the process ends. The queue is bounded: when a collector is too slow or down, further spans are dropped.
 */
import { Effect } from "effect"
import { clearTimeout, setTimeout } from "node:timers"

export interface SpanQueueOptions {
  /** What comes before the spans and after them in the body of a request. */
  readonly around: readonly [before: string, after: string]
  /** Sends a body, which isn't used any more when `done` is called. */
  readonly send: (body: Uint8Array, done: () => void) => void
  /** Called for each span that is dropped. */
  readonly onDrop: () => void
  /** Called when everything was sent and answered. */
  readonly onDrained: () => void
  /** The most spans that wait. */
  readonly spansMax: number
  /** The most spans in a request. As many are sent at once. */
  readonly batchMax: number
  /** The longest that fewer spans wait for others. */
  readonly delayMillis: number
}

export interface SpanQueue {
  readonly add: (span: string) => void
  /** Sends everything that waits, and completes when nothing is under way any more. */
  readonly flush: Effect.Effect<void>
}

interface Batch {
  bytes: Buffer
  length: number
  spans: number
}

/** The most requests at once when the process ends, which doesn't wait for long. */
const REQUESTS_AT_END_MAX = 8

/** Enough for the first hundred spans. */
const BATCH_BYTES = 64 * 1024

/** The most UTF-8 bytes of one UTF-16 code unit. */
const BYTES_PER_CODE_UNIT_MAX = 3

export const make = (options: SpanQueueOptions): SpanQueue => {
  const { around: [before, after], batchMax, delayMillis, onDrained, onDrop, send, spansMax } = options
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
    sendMore()
  }

  const sendMore = () => {
    const requestsMax = flushed.length > 0 ? REQUESTS_AT_END_MAX : 1
    const batch = underWay < requestsMax ? full.shift() : undefined
    if (batch === undefined) return
    sendBatch(batch)
    sendMore()
  }

  const sendBatch = (batch: Batch) => {
    waiting -= batch.spans
    underWay += 1
    write(batch, after)
    send(batch.bytes.subarray(0, batch.length), () => {
      spare = batch.bytes
      underWay -= 1
      sendMore()
      if (underWay > 0) return
      onDrained()
      for (const resume of flushed.splice(0)) resume()
    })
  }

  return {
    add: (span) => {
      if (waiting >= spansMax) return onDrop()
      waiting += 1
      open ??= begin()
      write(open, open.spans > 0 ? `,${span}` : span)
      open.spans += 1
      if (open.spans >= batchMax) close()
    },
    flush: Effect.callback((resume) => {
      close()
      if (underWay === 0) return resume(Effect.void)
      flushed.push(() => resume(Effect.void))
      return sendMore()
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
