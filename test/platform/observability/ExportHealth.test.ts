import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as ExportHealth from "../../../src/platform/observability/ExportHealth.ts"
import { valueOf } from "../../support/metrics.ts"
import * as LogCapture from "./LogCapture.ts"

const ended = (...results: ReadonlyArray<Effect.Effect<void>>) =>
  Effect.forEach(results, (result) => Effect.andThen(result, Effect.yieldNow), { discard: true })

it.effect("spans that are dropped are counted, and one warning lasts until the queue was empty", () =>
  Effect.gen(function*() {
    const text = yield* LogCapture.logged(
      Effect.gen(function*() {
        const { drained, drop, watch } = yield* ExportHealth.make("traces")
        const succeed = Effect.sync(() => watch(() => undefined)({ code: 0 }))
        yield* ended(Effect.sync(drop), succeed, Effect.sync(drop), succeed)
        assert.strictEqual(yield* valueOf("identity_spans_dropped_total"), 2)
        yield* ended(Effect.sync(drained), succeed, succeed)
      }).pipe(Effect.scoped)
    )
    assert.deepStrictEqual(
      LogCapture.lines(text).map(({ level, message, reason }) => ({ level, message, reason })),
      [
        {
          level: "warn",
          message: "Telemetry is not getting through",
          reason: "more spans end than the collector takes"
        },
        { level: "info", message: "Telemetry is getting through again", reason: undefined }
      ]
    )
  }))
