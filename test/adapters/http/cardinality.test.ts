/** Callers can't create new series, which would fill the memory of this server and of Prometheus. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as MetricSnapshots from "../../../src/platform/observability/MetricSnapshots.ts"
import { withOwnMetrics } from "../../support/metrics.ts"
import { ADA, bearer, TestIdentity } from "../../support/TestIdentity.ts"

/** The number of series of each metric. */
const series = Effect.map(MetricSnapshots.take, (snapshots) => {
  const counts: Record<string, number> = {}
  for (const { id } of snapshots) counts[id] = (counts[id] ?? 0) + 1
  return counts
})

/** Requests that are all different. */
const flood = Effect.fnUntraced(function*(from: number, to: number) {
  const { send } = yield* TestIdentity
  for (let one = from; one < to; one += 1) {
    const headers = { ...bearer(`token-${one}`), "user-agent": `agent ${one}`, "x-request-id": `id-${one}` }
    yield* send("GET", `/strange/${one}`, { headers })
    yield* send(`METHOD${one}`, "/sessions/me", { headers })
    yield* send("DELETE", `/sessions/ses_${one}`, { headers })
    yield* send("GET", `/sessions/me?query=${one}`, { headers })
    yield* send("POST", "/sessions", {
      headers: { "idempotency-key": `key-${one}` },
      json: { email: `nobody-${one}@example.com`, password: `wrong password ${one}` }
    })
    yield* send("POST", "/accounts", { json: { ...ADA, email: `ada-${one}@example.com`, [`member${one}`]: one } })
  }
})

it.effect("[ASVS 13.1.2] strange paths, methods, emails, tokens and keys make no new series", () =>
  Effect.gen(function*() {
    yield* flood(0, 3)
    const before = yield* series
    yield* flood(3, 40)
    assert.deepStrictEqual(yield* series, before)
    assert.isAbove(before["http.server.request.duration"] ?? 0, 4)
    for (const [id, count] of Object.entries(before)) assert.isAtMost(count, 12, id)
  }).pipe(Effect.provide(TestIdentity.layer), withOwnMetrics))
