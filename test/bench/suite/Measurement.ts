/** One contender under one load for a while. */
import { Effect } from "effect"
import type { LoadOptions } from "../machine/Load.ts"
import { cpuSeconds, residentMegabytes } from "../machine/ProcessUsage.ts"
import type { ServerProcess } from "../machine/ServerProcess.ts"
import { Bench } from "./Bench.ts"
import { progress } from "./Progress.ts"

export interface Measurement {
  readonly requests: number
  readonly perSecond: number
  /** Of a request on one connection: what is left of a second for each. */
  readonly meanMs: number
  readonly p99Ms: number
  /** CPU time of the server's processes, not of the database's. */
  readonly cpuMicros: number
  /** CPU time of the suite's own database server meanwhile. */
  readonly databaseMicros: number
  readonly residentMb: number
}

/** A failed request fails the run: an answer that is quick because it is wrong is worth nothing. */
export const measure = Effect.fnUntraced(function*(server: ServerProcess, load: Omit<LoadOptions, "url">) {
  const bench = yield* Bench
  const before = cpuSeconds(server.pid)
  const databaseBefore = cpuSeconds(bench.postgres.pid)
  const outcome = yield* bench.load.send({ ...load, url: server.url })
  const used = cpuSeconds(server.pid) - before
  const usedByDatabase = cpuSeconds(bench.postgres.pid) - databaseBefore
  if (outcome.failures > 0 || outcome.requests === 0) {
    return yield* Effect.die(
      new Error(`${server.name}: ${outcome.failures} of ${outcome.requests} requests failed at ${load.connections}`)
    )
  }
  const perSecond = outcome.requests / outcome.seconds
  const measurement: Measurement = {
    requests: outcome.requests,
    perSecond,
    meanMs: load.connections * 1000 / perSecond,
    p99Ms: outcome.p99Ms,
    cpuMicros: used * 1e6 / outcome.requests,
    databaseMicros: usedByDatabase * 1e6 / outcome.requests,
    residentMb: residentMegabytes(server.pid)
  }
  progress(
    `${server.name}, ${load.connections} connections: ${perSecond.toFixed(0)}/s, p99 ${outcome.p99Ms.toFixed(1)} ms, ` +
      `${measurement.cpuMicros.toFixed(0)} µs of CPU each`
  )
  return measurement
})
