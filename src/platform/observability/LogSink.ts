/**
 * Writes lines to a stream that may be slow, full or gone, without ever making the process wait.
 *
 * Lines gather for some milliseconds and go out in one write: a write each would take longer than making the lines.
 * When the reader is slower than we are, what waits is bounded and further lines are dropped and counted, because a
 * stalled log pipe must not stall sign-ins. A reader that went away is no reason to stop either.
 */
import type { Writable } from "node:stream"
import { setTimeout } from "node:timers"

/** The most bytes that wait for a slow reader. */
const WAITING_MAX = 1024 * 1024

/** Lines are late by this much at most. */
const GATHERING_MS = 5

/** Bytes that gather. What would be more goes out first. */
const GATHERED_MAX = 64 * 1024

/** The most bytes that one character takes. */
const BYTES_OF_CHARACTER_MAX = 3

const LINE_BREAK = "\n".charCodeAt(0)

export interface LogSink {
  readonly write: (line: string) => void
  /** How many lines were dropped so far. */
  readonly dropped: () => number
  /** Hands over what has gathered. All of it has left, unless the reader is slow. */
  readonly send: () => void
  /** Calls back when all that was written has left, or can't any more. */
  readonly flush: (done: () => void) => void
}

export const make = (stream: Writable): LogSink => {
  // Bytes and not text: a text that grows keeps all its pieces, and would be walked through once more at the end.
  const gathering = Buffer.allocUnsafeSlow(GATHERED_MAX)
  let waiting = 0
  let scheduled = false
  let dropped = 0

  // Without a listener an EPIPE would end the process. There is nobody left to tell.
  stream.on("error", () => undefined)

  const gathered = () => {
    scheduled = false
    send()
  }

  const send = () => {
    if (waiting === 0 || !stream.writable) return
    const lines = Buffer.from(gathering.subarray(0, waiting))
    waiting = 0
    stream.write(lines)
  }

  return {
    write: (line) => {
      if (!stream.writable || stream.writableLength + waiting > WAITING_MAX) {
        dropped++
        return
      }
      const bytesMax = line.length * BYTES_OF_CHARACTER_MAX + 1
      if (waiting + bytesMax > GATHERED_MAX) send()
      if (bytesMax > GATHERED_MAX) {
        stream.write(`${line}\n`)
        return
      }
      waiting += gathering.write(line, waiting)
      gathering[waiting++] = LINE_BREAK
      if (scheduled) return
      scheduled = true
      // Loggers are called outside of any effect.
      // @effect-diagnostics-next-line globalTimers:off
      setTimeout(gathered, GATHERING_MS)
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
