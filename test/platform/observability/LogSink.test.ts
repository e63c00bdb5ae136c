import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { PassThrough } from "node:stream"
import * as LogSink from "../../../src/platform/observability/LogSink.ts"

/** All that a stream got when these lines were written to it. */
const written = (lines: ReadonlyArray<string>) =>
  Effect.callback<string>((resume) => {
    const stream = new PassThrough()
    let text = ""
    stream.setEncoding("utf8").on("data", (piece: string) => {
      text += piece
    }).on("end", () => resume(Effect.succeed(text)))
    const sink = LogSink.make(stream)
    for (const line of lines) sink.write(line)
    sink.flush(() => stream.end())
  })

const kilobytes = (count: number, character: string) => character.repeat(count * 1024)

const cases: ReadonlyArray<readonly [name: string, lines: ReadonlyArray<string>]> = [
  ["short ones", ["one", "two"]],
  ["one that is longer than what gathers", ["before", kilobytes(70, "x"), "after"]],
  ["one whose bytes are more than its characters", ["before", kilobytes(30, "€"), "after"]],
  ["more than gathers at once", Array.from({ length: 100 }, (_, index) => `${index}${kilobytes(2, "é")}`)]
]

describe("a log sink", () => {
  it.effect.each(cases)("keeps lines whole and in their order: %s", ([, lines]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* written(lines), lines.map((line) => `${line}\n`).join(""))
    }))
})
