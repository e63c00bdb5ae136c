/** The way from an answer to the log and from there to the trace. */
import { assert, it } from "@effect/vitest"
import { Effect, Redacted, Schedule, Schema } from "effect"
import * as OtlpCollector from "../platform/observability/OtlpCollector.ts"
import { migratedDatabase } from "./Database.ts"
import { post, serve, untilLogged, untilReadiness } from "./IdentityProcess.ts"
import { logLines, person } from "./WorkerProcesses.ts"

const Spans = Schema.fromJsonString(Schema.Struct({
  resourceSpans: Schema.Array(Schema.Struct({
    scopeSpans: Schema.Array(Schema.Struct({
      spans: Schema.Array(Schema.Struct({ traceId: Schema.String, name: Schema.String }))
    }))
  }))
}))

it.live(
  "a request's line in the log has the id of its answer and of its trace, which goes down to the store",
  () =>
    Effect.gen(function*() {
      const collector = yield* OtlpCollector.start
      const { url } = yield* migratedDatabase
      const server = yield* serve({
        IDENTITY_DATABASE_URL: Redacted.value(url),
        IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
        OTEL_BSP_SCHEDULE_DELAY: "50"
      })
      yield* untilReadiness(server, 200)
      const { headers, status } = yield* post(`${server.url}/accounts`, { ...person(1), display_name: "Ada" })
      assert.strictEqual(status, 201)
      const requestId = headers.get("x-request-id") ?? "none"
      yield* untilLogged(server, requestId)
      const traceId = logLines(server).find((line) => line["request_id"] === requestId)?.["trace_id"]
      const names = Effect.map(
        Effect.suspend(() => Effect.forEach(collector.received, ({ text }) => Schema.decodeEffect(Spans)(text))),
        (exports) =>
          exports.flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans))
            .flatMap(({ spans }) => spans.filter((span) => span.traceId === traceId))
            .map(({ name }) => name)
      )
      const found = yield* Effect.repeat(names, {
        until: (these) => these.includes("POST /accounts"),
        schedule: Schedule.spaced("20 millis")
      })
      assert.includeMembers(found, ["POST /accounts", "Accounts.create", "AccountStore.insertAccount"])
    }),
  60_000
)
