/** What a machine carries by its cores, and whether one that this one can be made into carries what is predicted. */
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { availableParallelism } from "node:os"
import { startIdentity } from "../contenders/Identity.ts"
import { SIGN_IN_CONNECTIONS, UNLIMITED } from "../goals/sign-ins.ts"
import { familyOf } from "../machine/ProcessUsage.ts"
import { Bench, USUAL } from "../suite/Bench.ts"
import { drawCurves } from "../suite/Curves.ts"
import { percent } from "../suite/LeastSquares.ts"
import type { Model } from "../suite/LeastSquares.ts"
import { measure } from "../suite/Measurement.ts"
import { inRounds, medianOf } from "../suite/Rounds.ts"
import type { Findings } from "../suite/Verdict.ts"

const CONNECTIONS = 64
const ROUNDS = 2
const MILLION = 1_000_000
const CORES = [1, 2, 4, 8, 16, 32]

/** A core that is always busy answers late. */
const USE = 2 / 3

/** One sign-in among this many requests; none. */
const ONE_IN = [Infinity, 100, 10]

interface Models {
  readonly connections: Model
  /** How much more a check takes with several workers. */
  readonly excess: number
  readonly sessions: Model
  readonly accounts: Model
}

/** Microseconds of CPU time, server and database together. */
interface Costs {
  readonly check: number
  readonly signIn: number
}

const mixed = ({ check, signIn }: Costs, oneIn: number): number => check + (signIn - check) / oneIn

/** Lets processes and all they start run on these cores alone. */
const confine = (pids: ReadonlyArray<number>, cores: string) =>
  Effect.sync(() => {
    for (const pid of pids) execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", cores, String(pid)])
  })

/** What server and database do on one core. The load generator has another. */
const measureMachines = Effect.gen(function*() {
  const { database, plan, postgres } = yield* Bench
  const { checks, signIns, url } = yield* database(USUAL)
  const server = yield* startIdentity({ database: url, variables: UNLIMITED })
  const seconds = Math.ceil(plan.seconds / 4)
  const all = Effect.all({
    checks: measure(server, { requests: checks, connections: CONNECTIONS, seconds }),
    signIns: measure(server, { requests: signIns, connections: SIGN_IN_CONNECTIONS, seconds })
  })
  yield* all
  const free = yield* inRounds(ROUNDS, all)
  const pids = [...familyOf(server.pid), ...familyOf(postgres.pid)]
  const confined = yield* Effect.acquireUseRelease(
    confine(pids, "0"),
    () => inRounds(ROUNDS, all),
    () => confine(pids, `0-${availableParallelism() - 1}`)
  )
  return { signIn: medianOf(free, ({ signIns }) => signIns.cpuMicros + signIns.databaseMicros), confined }
}).pipe(Effect.scoped)

const describe = (
  { accounts, connections, excess, sessions }: Models,
  { confined, signIn }: Effect.Success<typeof measureMachines>
) => {
  const ofOne = connections.at(CONNECTIONS)
  const server = ofOne * Math.max(1, excess)
  const database = sessions.at(MILLION) + accounts.at(MILLION) - accounts.at(USUAL.accounts)
  const costs: Costs = { check: server + database, signIn }
  const carried = (cores: number, oneIn: number) => cores * USE * 1e6 / mixed(costs, oneIn)
  const here = { check: ofOne + sessions.at(USUAL.sessions), signIn }
  const checked = [
    { what: "checks", predicted: 1e6 / here.check, rounds: confined.map(({ checks }) => checks) },
    { what: "sign-ins", predicted: 1e6 / here.signIn, rounds: confined.map(({ signIns }) => signIns) }
  ].map(({ predicted, rounds, what }) => ({
    what,
    predicted,
    perSecond: medianOf(rounds, ({ perSecond }) => perSecond)
  }))
  const findings: Findings = {
    title: "What a machine carries",
    columns: ["cores", "workers", "checks/s", "requests/s, one in 100 a sign-in", "one in 10", "sign-ins/s alone"],
    rows: CORES.map((cores) => [
      String(cores),
      String(Math.ceil(cores * server / (server + database))),
      carried(cores, Infinity),
      carried(cores, 100),
      carried(cores, 10),
      cores * USE * 1e6 / signIn
    ]),
    pictures: [{
      name: "machines",
      alt: `Three straight lines over 1 to 32 cores, both axes logarithmic: requests a second grow with cores, from ${
        carried(1, Infinity).toFixed(0)
      } checks on one core to ${
        carried(32, Infinity).toFixed(0)
      } on 32, and a fraction of it where one request in 100 or in 10 is a sign-in.`,
      svg: drawCurves({
        title: "What a machine carries",
        subtitle:
          "By the models, at two thirds of its cores. Requests of which so many are sign-ins, and the rest checks.",
        x: { name: "cores", from: 1, to: 32, base: 2 },
        y: { name: "requests a second", isLogarithmic: true },
        curves: ONE_IN.map((oneIn) => ({
          name: oneIn === Infinity ? "checks alone" : `one in ${oneIn} a sign-in`,
          at: (cores) => carried(cores, oneIn),
          points: []
        }))
      })
    }],
    verdicts: [],
    notes: [
      `By the models, at ${
        percent(USE)
      } of all cores, with 1,000,000 accounts and as many sessions in the database's memory. Server and database are on the machine, and who asks is elsewhere, by 64 connections to each worker. A check takes ${
        server.toFixed(0)
      } µs of the server${excess > 1 ? `, ${percent(excess - 1)} for several workers included,` : ""} and ${
        database.toFixed(0)
      } µs of the database, and a sign-in ${(signIn / 1000).toFixed(1)} ms.`,
      `Confined to one core of this machine, with 100,000 sessions and all of that core in use, server and database did ${
        checked.map(({ perSecond, predicted, what }) =>
          `${perSecond.toFixed(0)} ${what}, where ${predicted.toFixed(0)} were predicted`
        ).join("; ")
      }, a second each. The models have no term for what server and database cost each other on one core. More cores than this machine has are not checked.`
    ]
  }
  return findings
}

export const machinesCost = (models: Models) => Effect.map(measureMachines, (measured) => describe(models, measured))
