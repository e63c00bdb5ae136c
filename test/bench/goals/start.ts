/** G10, H11: how long a start takes, of the server and of a command, on a database by URL. */
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { Executable, runIdentity, SOURCES, startIdentity } from "../contenders/Identity.ts"
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

/** What every program on Node waits for. */
export const bareNode = Effect.promise(() => promisify(execFile)(process.execPath, ["--eval", ""]))

const WHY = "Node's own start is a quarter of it, and loading the program most of the rest"

export const start = Effect.gen(function*() {
  const bench = yield* Bench
  const { url } = yield* bench.database(USUAL)
  const variables = { IDENTITY_DATABASE_URL: url }
  const server = Effect.map(Effect.scoped(startIdentity({ database: url })), ({ startSeconds }) => startSeconds)
  const showAccount = secondsOf(runIdentity(["show-account", "person1@example.com"], variables))
  const version = secondsOf(runIdentity(["--version"], variables))
  const fromSources = Effect.provideService(Executable, SOURCES)
  const round = Effect.all({
    server,
    showAccount,
    version,
    serverFromSources: fromSources(server),
    showAccountFromSources: fromSources(showAccount),
    versionFromSources: fromSources(version),
    node: secondsOf(bareNode)
  })
  // The first start reads programs from the disk.
  yield* round
  const measured = yield* inRounds(bench.plan.rounds, round)
  type Started = keyof (typeof measured)[number]
  const row = (what: string, name: Started, sources: Started) => [
    what,
    medianOf(measured, (round) => round[name]),
    medianOf(measured, (round) => round[name] / round.node),
    medianOf(measured, (round) => round[sources])
  ]
  const serverSeconds = medianOf(measured, ({ server }) => server)
  const commandSeconds = medianOf(measured, ({ showAccount }) => showAccount)
  const ready = { sentence: "Start of the server until it is ready", figure: serverSeconds, unit: "s" }
  const command = { sentence: "A command, `identity show-account`", figure: commandSeconds, unit: "s" }
  const findings: Findings = {
    title: "Starts",
    columns: ["", "seconds", "of Node's own", "from sources, seconds"],
    rows: [
      row("`identity serve` until ready", "server", "serverFromSources"),
      row("`identity show-account`", "showAccount", "showAccountFromSources"),
      row("`identity --version`", "version", "versionFromSources"),
      row("Node with nothing to do", "node", "node")
    ],
    verdicts: [
      atMost({ ...ready, goal: "G10", bound: 1 }),
      atMost({ ...command, goal: "G10", bound: 0.6 }),
      atMost({ ...ready, goal: "H11", bound: 0.2, whyMissed: WHY }),
      atMost({ ...command, goal: "H11", bound: 0.12, whyMissed: WHY })
    ]
  }
  return findings
})
