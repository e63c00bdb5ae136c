import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as ExportDeadline from "../../../src/platform/observability/ExportDeadline.ts"

describe("the deadline of an export", () => {
  it.live("closes the connections until there is a result, because the SDK may try again just before it", () =>
    Effect.gen(function*() {
      const deadline = ExportDeadline.make("TRACES", 5)
      const agent = yield* Effect.promise(() => deadline.httpAgentOptions("http:"))
      let closed = 0
      const twice = Effect.callback<void>((resume) => {
        agent.destroy = () => {
          closed += 1
          if (closed === 2) resume(Effect.void)
        }
      })
      const results: Array<number> = []
      const done = deadline.limit(({ code }) => results.push(code))
      yield* twice.pipe(Effect.timeout("5 seconds"))
      done({ code: 0 })
      assert.deepStrictEqual(results, [0])
    }))
})
