/**
 * The benchmark suite: measures the server that ships beside baselines and peers, on a database of its own, and holds
 * the figures against the goals. `npm run bench -- --help` says how; it ends with 1 where a goal is missed.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { checks } from "./goals/checks.ts"
import { describeMachine } from "./machine/Machine.ts"
import { startPostgres } from "./machine/Postgres.ts"
import { Bench, makeBench } from "./suite/Bench.ts"
import { parsePlan } from "./suite/Plan.ts"
import type { Plan } from "./suite/Plan.ts"
import { progress } from "./suite/Progress.ts"
import { toMarkdown, verdictsOf } from "./suite/Report.ts"
import type { Report } from "./suite/Report.ts"
import type { Findings } from "./suite/Verdict.ts"

interface Case {
  readonly goals: ReadonlyArray<string>
  readonly run: Effect.Effect<Findings, never, Bench>
}

const cases: ReadonlyArray<Case> = [{ goals: ["G1", "G2", "G3"], run: checks }]

const isAsked = ({ only }: Plan) => ({ goals }: Case) => only.length === 0 || goals.some((goal) => only.includes(goal))

const measureAll = Effect.fnUntraced(function*(plan: Plan) {
  const directory = yield* temporaryDirectory("identity-bench-")
  const postgres = yield* startPostgres
  const findings = yield* Effect.forEach(cases.filter(isAsked(plan)), ({ goals, run }) => {
    progress(goals.join(", "))
    return run
  }).pipe(Effect.provideService(Bench, makeBench(plan, postgres, directory)))
  const report: Report = {
    date: new Date().toISOString().slice(0, 10),
    command: ["npm run bench", ...process.argv.slice(2)].join(" "),
    machine: yield* describeMachine(postgres),
    findings,
    skipped: []
  }
  return report
}, Effect.scoped)

const program = Effect.gen(function*() {
  const plan = parsePlan(process.argv.slice(2))
  const report = yield* measureAll(plan)
  mkdirSync(plan.output, { recursive: true })
  writeFileSync(`${plan.output}/report.md`, toMarkdown(report))
  writeFileSync(`${plan.output}/report.json`, `${JSON.stringify(report, null, 2)}\n`)
  process.stdout.write(toMarkdown(report))
  const missed = verdictsOf(report).filter(({ met }) => !met)
  progress(missed.length === 0 ? "all goals met" : `missed: ${missed.map(({ goal }) => goal).join(", ")}`)
  process.exitCode = missed.length === 0 ? 0 : 1
})

NodeRuntime.runMain(program)
