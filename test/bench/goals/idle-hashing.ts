/** H13: with nothing else to do, all cores hash. */
import { Effect } from "effect"
import { startIdentity } from "../contenders/Identity.ts"
import { FASTIFY, startPeer } from "../contenders/PeerServers.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atLeast } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"
import { SIGN_IN_CONNECTIONS, UNLIMITED } from "./sign-ins.ts"

export const idleHashing = Effect.gen(function*() {
  const bench = yield* Bench
  const { rounds, seconds, warmUpSeconds } = bench.plan
  const { signIns, url } = yield* bench.database(USUAL)
  const lean = yield* startPeer(FASTIFY)
  const ours = yield* startIdentity({ database: url, variables: UNLIMITED })
  const load = { requests: signIns, connections: SIGN_IN_CONNECTIONS }
  for (const server of [ours, lean.server]) yield* measure(server, { ...load, seconds: warmUpSeconds })
  const measured = yield* inRounds(
    rounds,
    Effect.all({ ours: measure(ours, { ...load, seconds }), lean: measure(lean.server, { ...load, seconds }) })
  )
  const findings: Findings = {
    title: "Sign-ins with nothing else to do",
    columns: ["", "a second", "p99 ms", "CPU ms each"],
    rows: [
      ["identity", measured.map(({ ours }) => ours)] as const,
      [lean.server.name, measured.map(({ lean }) => lean)] as const
    ].map(([name, rounds]) => [
      name,
      medianOf(rounds, ({ perSecond }) => perSecond),
      medianOf(rounds, ({ p99Ms }) => p99Ms),
      medianOf(rounds, ({ cpuMicros }) => cpuMicros / 1000)
    ]),
    verdicts: [
      atLeast({
        goal: "H13",
        sentence: "Sign-ins a second by default settings, of a lean Fastify that hashes on every core",
        figure: medianOf(measured, ({ lean, ours }) => ours.perSecond / lean.perSecond),
        bound: 0.95,
        whyMissed: "ours also counts against limits, writes the audit log and a log line, and tells metrics"
      })
    ],
    notes: [`\`POST /sessions\` at ${SIGN_IN_CONNECTIONS} connections, limits on guessing off for both.`]
  }
  return findings
}).pipe(Effect.scoped)
