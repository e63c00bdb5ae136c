/**
 * Merges the log lines of several processes into one stream, each line whole.
 *
 * A pipe keeps a write whole only up to 4 KiB, so processes that share one cut into each other's lines under load. Here
 * every process has a pipe of its own, and one process writes. When the reader is slow, the pipes are not read, and
 * their writers drop lines by their own rules and report it.
 */
import { Buffer } from "node:buffer"
import type { Readable, Writable } from "node:stream"

const LINE_FEED = 10

export interface LineRelay {
  /** Passes on what comes out of `source` until it ends. */
  readonly add: (source: Readable) => void
}

export const make = (destination: Writable): LineRelay => {
  const waiting = new Set<Readable>()
  destination.on("drain", () => {
    for (const source of waiting) source.resume()
    waiting.clear()
  })

  const pass = (source: Readable, lines: Buffer) => {
    if (lines.length === 0 || !destination.writable || destination.write(lines)) return
    source.pause()
    waiting.add(source)
  }

  return {
    add: (source) => {
      let begun = Buffer.alloc(0)
      source.on("data", (chunk: Buffer) => {
        const end = chunk.lastIndexOf(LINE_FEED) + 1
        if (end === 0) {
          begun = Buffer.concat([begun, chunk])
          return
        }
        pass(source, Buffer.concat([begun, chunk.subarray(0, end)]))
        begun = Buffer.from(chunk.subarray(end))
      })
      source.on("end", () => {
        // The writer died in the middle of a line. Another writer's line must not continue it.
        if (begun.length > 0) pass(source, Buffer.concat([begun, Buffer.from("\n")]))
        waiting.delete(source)
      })
      // A pipe that breaks ends, too.
      source.on("error", () => undefined)
    }
  }
}
