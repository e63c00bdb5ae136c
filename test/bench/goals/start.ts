/** G10: how long a start takes, of the server and of a command, on a database by URL. */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { runIdentity, startIdentity } from "../contenders/Identity.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import { atMost } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

/** Seconds that an effect takes. */
export const secondsOf = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    const begun = performance.now()
    return Effect.map(effect, () => (performance.now() - begun) / 1000)
  })

const bareNode = Effect.promise(() => promisify(execFile)(process.execPath, ["--eval", ""]))

export const start = Effect.gen(function*() {
  const bench = yield* Bench
  const { url } = yield* bench.database(USUAL)
  const variables = { IDENTITY_DATABASE_URL: url }
  const round = Effect.all({
    server: Effect.map(Effect.scoped(startIdentity({ database: url })), ({ startSeconds }) => startSeconds),
    showAccount: secondsOf(runIdentity(["show-account", "person1@example.com"], variables)),
    version: secondsOf(runIdentity(["--version"], variables)),
    node: secondsOf(bareNode)
  })
  // The first start reads programs from the disk.
  yield* round
  const measured = yield* inRounds(bench.plan.rounds, round)
  const findings: Findings = {
    title: "Starts",
    columns: ["", "seconds"],
    rows: [
      ["`identity serve` until ready", medianOf(measured, ({ server }) => server)],
      ["`identity show-account`", medianOf(measured, ({ showAccount }) => showAccount)],
      ["`identity --version`", medianOf(measured, ({ version }) => version)],
      ["Node with nothing to do", medianOf(measured, ({ node }) => node)]
    ],
    verdicts: [
      atMost({
        goal: "G10",
        sentence: "Start of the server until it is ready",
        figure: medianOf(measured, ({ server }) => server),
        bound: 1,
        unit: "s"
      }),
      atMost({
        goal: "G10",
        sentence: "A command, `identity show-account`",
        figure: medianOf(measured, ({ showAccount }) => showAccount),
        bound: 0.6,
        unit: "s"
      })
    ]
  }
  return findings
})
