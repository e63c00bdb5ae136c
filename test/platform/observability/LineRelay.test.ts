import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { PassThrough, Readable, Writable } from "node:stream"
import { setImmediate } from "node:timers/promises"
import * as LineRelay from "../../../src/platform/observability/LineRelay.ts"

/** A stream that collects what it is given. */
const collector = () => {
  const chunks: Array<string> = []
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk))
      done()
    }
  })
  return { chunks, stream, text: () => chunks.join("") }
}

/** Writes lines of its letter, each of several chunks of a pipe, in pieces of any length. */
const WRITER = `
  const [, letter] = process.argv
  const text = (letter.repeat(30_000) + "\\n").repeat(20)
  const write = (from) => from < text.length && process.stderr.write(text.slice(from, from + 7_001), () => write(from + 7_001))
  write(0)
`

describe("LineRelay", () => {
  it.live("keeps the lines of processes that write at once whole", () =>
    Effect.promise(async () => {
      const { stream, text } = collector()
      const relay = LineRelay.make(stream)
      const letters = ["a", "b", "c"]
      const writers = letters.map((letter) =>
        spawn(process.execPath, ["-e", WRITER, letter], { stdio: ["ignore", "ignore", "pipe"] })
      )
      for (const writer of writers) relay.add(writer.stderr)
      await Promise.all(writers.map((writer) => once(writer, "close")))
      const lines = text().split("\n").slice(0, -1)
      assert.lengthOf(lines, 60)
      for (const letter of letters) {
        assert.lengthOf(lines.filter((line) => line === letter.repeat(30_000)), 20)
      }
    }))

  it("ends the line that its writer could not end", async () => {
    const { stream, text } = collector()
    const relay = LineRelay.make(stream)
    const source = Readable.from([Buffer.from("one\ntw"), Buffer.from("o")])
    relay.add(source)
    await once(source, "close")
    assert.strictEqual(text(), "one\ntwo\n")
  })

  it("reads no further than a slow reader does, and goes on when it does", async () => {
    const held: Array<() => void> = []
    const slow = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void held.push(done) })
    const relay = LineRelay.make(slow)
    const source = new PassThrough()
    relay.add(source)
    source.write("one\n")
    await setImmediate()
    assert.isTrue(source.isPaused())
    held.pop()?.()
    await setImmediate()
    assert.isFalse(source.isPaused())
  })
})
