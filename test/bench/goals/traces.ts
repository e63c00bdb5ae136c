/** H5, before G8: what traces cost, sampled and all of them, exported to a collector on this machine. */
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import { freePorts } from "../../e2e/IdentityProcess.ts"
import { startIdentity } from "../contenders/Identity.ts"
import { startServer } from "../machine/ServerProcess.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import type { Measurement } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atLeast } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

const CONNECTIONS = 64

const sink = fileURLToPath(new URL("../contenders/otlp-sink.ts", import.meta.url))

const startSink = Effect.gen(function*() {
  const [port] = yield* freePorts
  return yield* startServer({
    name: "collector",
    script: sink,
    words: [String(port)],
    variables: {},
    url: `http://127.0.0.1:${port}`
  })
})

const startTraced = Effect.fnUntraced(function*(share: number, collector: string) {
  const bench = yield* Bench
  const { url } = yield* bench.database(USUAL)
  return yield* startIdentity({
    database: url,
    name: `identity, ${share * 100} % traced`,
    variables: {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector}/v1/traces`,
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: String(share)
    }
  })
})

export const traces = Effect.gen(function*() {
  const bench = yield* Bench
  const { rounds, seconds, warmUpSeconds } = bench.plan
  const { checks, url } = yield* bench.database(USUAL)
  const collector = yield* startSink
  const none = yield* startIdentity({ database: url })
  const some = yield* startTraced(0.01, collector.url)
  const all = yield* startTraced(1, collector.url)
  const load = { requests: checks, connections: CONNECTIONS }
  for (const server of [none, some, all]) yield* measure(server, { ...load, seconds: warmUpSeconds })
  const measured = yield* inRounds(
    rounds,
    Effect.all({
      none: measure(none, { ...load, seconds }),
      some: measure(some, { ...load, seconds }),
      all: measure(all, { ...load, seconds })
    })
  )
  const row = (name: string, of: (round: (typeof measured)[number]) => Measurement) => [
    name,
    medianOf(measured, (round) => of(round).perSecond),
    medianOf(measured, (round) => of(round).p99Ms),
    medianOf(measured, (round) => of(round).cpuMicros),
    medianOf(measured, (round) => of(round).residentMb)
  ]
  const findings: Findings = {
    title: "Traces",
    columns: ["", "checks/s", "p99 ms", "CPU µs each", "RSS MB"],
    rows: [
      row("none", ({ none }) => none),
      row("1 %", ({ some }) => some),
      row("100 %", ({ all }) => all)
    ],
    verdicts: [
      atLeast({
        goal: "H5",
        sentence: "Checks a second with 1 % of traces, of those without",
        figure: medianOf(measured, ({ none, some }) => some.perSecond / none.perSecond),
        bound: 0.98,
        whyMissed: "deciding for each check, and recording one of a hundred, is a few hundredths of it"
      }),
      atLeast({
        goal: "H5",
        sentence: "Checks a second with all traces, of those without",
        figure: medianOf(measured, ({ all, none }) => all.perSecond / none.perSecond),
        bound: 0.75,
        whyMissed: "three spans add a third to two thirds to a check's CPU time, and become text"
      })
    ]
  }
  return findings
}).pipe(Effect.scoped)
