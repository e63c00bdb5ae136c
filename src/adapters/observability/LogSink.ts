/**
 * Writes lines to a stream that may be slow, full or gone, without ever making the process wait.
 *
 * Lines gather for some milliseconds and go out in one write: a write each would take longer than making the lines. When
 * the reader is slower than we are, what waits is bounded and further lines are dropped and counted, because a stalled
 * log pipe must not stall sign-ins. A reader that went away is no reason to stop either.
 */
import type { Writable } from "node:stream"
import { setTimeout } from "node:timers"

/** The most characters that wait for a slow reader. */
const WAITING_MAX = 1024 * 1024

/** Lines are late by this much at most. */
const GATHERING_MS = 5

/** More than this does not wait for more. */
const GATHERED_MAX = 64 * 1024

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
  let waiting = ""
  let scheduled = false
  let dropped = 0

  // Without a listener an EPIPE would end the process. There is nobody left to tell.
  stream.on("error", () => undefined)

  const gathered = () => {
    scheduled = false
    send()
  }

  const send = () => {
    if (waiting === "" || !stream.writable) return
    const lines = waiting
    waiting = ""
    stream.write(lines)
  }

  return {
    write: (line) => {
      if (!stream.writable || stream.writableLength + waiting.length > WAITING_MAX) {
        dropped++
        return
      }
      waiting += `${line}\n`
      if (waiting.length > GATHERED_MAX) return send()
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
