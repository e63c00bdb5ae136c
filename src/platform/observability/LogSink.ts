/**
 * Writes lines to a stream that may be slow, full or closed, and never makes the process wait.
 *
 * Lines are buffered for some milliseconds and sent in one write, because a write for each would take longer than
 * making the lines. When the reader is slow, the buffer is bounded and further lines are dropped and counted: a stalled
 * log pipe must not stall sign-ins. A closed stream doesn't stop the process either.
 */
import type { Writable } from "node:stream"
import { setTimeout } from "node:timers"

/** The most bytes that wait for a slow reader. */
const BACKLOG_BYTES_MAX = 1024 * 1024

/** The longest that a line is delayed. */
const SEND_DELAY_MS = 5

/** Size of the buffer in bytes. It is sent before it would overflow. */
const BUFFER_BYTES = 64 * 1024

/** The most UTF-8 bytes of one UTF-16 code unit. */
const BYTES_PER_CODE_UNIT_MAX = 3

const LINE_BREAK = "\n".charCodeAt(0)

export interface LogSink {
  readonly write: (line: string) => void
  /** How many lines have been dropped so far. */
  readonly dropped: () => number
  /** Sends the buffer to the stream. */
  readonly send: () => void
  /** Calls `done` when everything was written, or can't be any more. */
  readonly flush: (done: () => void) => void
}

export const make = (stream: Writable): LogSink => {
  // Bytes rather than a string: a growing string keeps all its pieces, and would be copied once more at the end.
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  let buffered = 0
  let scheduled = false
  let dropped = 0

  // Without a listener, an EPIPE would end the process.
  stream.on("error", () => undefined)

  const sendBuffer = () => {
    scheduled = false
    send()
  }

  const send = () => {
    if (buffered === 0 || !stream.writable) return
    const lines = Buffer.from(buffer.subarray(0, buffered))
    buffered = 0
    stream.write(lines)
  }

  return {
    write: (line) => {
      if (!stream.writable || stream.writableLength + buffered > BACKLOG_BYTES_MAX) {
        dropped++
        return
      }
      const bytesMax = line.length * BYTES_PER_CODE_UNIT_MAX + 1
      if (buffered + bytesMax > BUFFER_BYTES) send()
      if (bytesMax > BUFFER_BYTES) {
        stream.write(`${line}\n`)
        return
      }
      buffered += buffer.write(line, buffered)
      buffer[buffered++] = LINE_BREAK
      if (scheduled) return
      scheduled = true
      // Loggers are called outside of any effect.
      // @effect-diagnostics-next-line globalTimers:off
      setTimeout(sendBuffer, SEND_DELAY_MS)
    },
    dropped: () => dropped,
    send,
    flush: (done) => {
      send()
      if (!stream.writable || stream.writableLength === 0) return done()
      stream.write("", () => done())
    }
  }
}
