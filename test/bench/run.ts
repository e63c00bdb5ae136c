/**
 * The benchmark suite: measures the server that ships beside baselines and peers, on a database of its own, and holds
 * the figures against the goals. `npm run bench -- --help` says how; it ends with 1 where a goal is missed.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { build, Executable, SOURCES } from "./contenders/Identity.ts"
import { administration } from "./goals/administration.ts"
import { authorize } from "./goals/authorize.ts"
import { checks } from "./goals/checks.ts"
import { embedded } from "./goals/embedded.ts"
import { gateways } from "./goals/gateways.ts"
import { idleHashing } from "./goals/idle-hashing.ts"
import { imports } from "./goals/imports.ts"
import { large } from "./goals/large.ts"
import { memory } from "./goals/memory.ts"
import { mixed } from "./goals/mixed.ts"
import { model } from "./goals/model.ts"
import { parts } from "./goals/parts.ts"
import { peers } from "./goals/peers.ts"
import { secureChecks } from "./goals/secure-checks.ts"
import { signIns } from "./goals/sign-ins.ts"
import { start } from "./goals/start.ts"
import { traces } from "./goals/traces.ts"
import { uses } from "./goals/uses.ts"
import { workers } from "./goals/workers.ts"
import { findGenerator } from "./machine/Load.ts"
import { describeMachine } from "./machine/Machine.ts"
import { startPostgres } from "./machine/Postgres.ts"
import { Bench, makeBench } from "./suite/Bench.ts"
import { keepFigures, writePictures } from "./suite/Figures.ts"
import { parsePlan } from "./suite/Plan.ts"
import type { Plan } from "./suite/Plan.ts"
import { progress } from "./suite/Progress.ts"
import { toMarkdown, verdictsOf } from "./suite/Report.ts"
import type { Report } from "./suite/Report.ts"
import { NotMeasured } from "./suite/Verdict.ts"
import type { Findings } from "./suite/Verdict.ts"

interface Case {
  readonly goals: ReadonlyArray<string>
  readonly run: Effect.Effect<Findings | ReadonlyArray<Findings>, NotMeasured, Bench>
  /** Takes minutes. */
  readonly long?: true
}

const cases: ReadonlyArray<Case> = [
  { goals: ["G1", "G2", "G3", "H1"], run: checks },
  { goals: ["G4", "MODEL"], run: model, long: true },
  { goals: ["G5", "H8", "H9"], run: signIns },
  { goals: ["G6", "H6"], run: mixed },
  { goals: ["G7", "H4"], run: workers },
  { goals: ["G8", "H5"], run: traces },
  { goals: ["G9", "H3"], run: memory, long: true },
  { goals: ["G10", "H11"], run: start },
  { goals: ["G11", "H11"], run: embedded },
  { goals: ["G12"], run: administration, long: true },
  { goals: ["G13"], run: authorize },
  { goals: ["H2"], run: secureChecks },
  { goals: ["H13"], run: idleHashing },
  { goals: ["H7"], run: uses, long: true },
  { goals: ["H10"], run: large, long: true },
  { goals: ["IMPORT"], run: imports, long: true },
  { goals: ["NGINX"], run: gateways, long: true },
  { goals: ["H12"], run: peers, long: true },
  { goals: ["MICRO"], run: parts }
]

const isNamed = ({ only }: Plan, { goals }: Case) => goals.some((goal) => only.includes(goal))

/** What a case found out, or why it did not. One that breaks doesn't take what the others found with it. */
const attempt = (plan: Plan) =>
  Effect.fnUntraced(
    function*(one: Case) {
      if (plan.quick && one.long === true && !isNamed(plan, one)) {
        return yield* new NotMeasured({ message: "left out of a quick run", broken: false })
      }
      progress(one.goals.join(", "))
      return yield* one.run
    },
    Effect.catchDefect((defect) => new NotMeasured({ message: String(defect), broken: true })),
    (effect, { goals }) =>
      Effect.mapError(
        effect,
        ({ broken, message }) => new NotMeasured({ message: `${goals.join(", ")}: ${message}`, broken })
      )
  )

const measureAll = Effect.fnUntraced(function*(plan: Plan, asked: ReadonlyArray<Case>) {
  if (!plan.sources) yield* build
  const directory = yield* temporaryDirectory("identity-bench-")
  const load = yield* findGenerator
  const postgres = yield* startPostgres
  const [findings, skipped] = yield* Effect.partition(asked, attempt(plan)).pipe(
    Effect.provideService(Bench, makeBench({ plan, load, postgres, directory })),
    plan.sources ? Effect.provideService(Executable, SOURCES) : (effect) => effect
  )
  const report: Report = {
    date: new Date().toISOString().slice(0, 10),
    command: ["npm run bench", ...words.length === 0 ? [] : ["--", ...words]].join(" "),
    machine: yield* describeMachine(postgres, load),
    findings: findings.flat(),
    skipped
  }
  return report
}, Effect.scoped)

const words = process.argv.slice(2)

const program = Effect.gen(function*() {
  const plan = parsePlan(words)
  const asked = cases.filter((one) => plan.only.length === 0 || isNamed(plan, one))
  if (asked.length === 0) return yield* Effect.die(new Error(`there is no ${plan.only.join()}`))
  const report = yield* measureAll(plan, asked)
  mkdirSync(plan.output, { recursive: true })
  writeFileSync(`${plan.output}/report.md`, toMarkdown(report))
  writeFileSync(`${plan.output}/report.json`, `${JSON.stringify(report, null, 2)}\n`)
  writePictures(plan.output, report)
  if (plan.write) keepFigures(report)
  process.stdout.write(toMarkdown(report))
  const verdicts = verdictsOf(report)
  const missed = verdicts.filter(({ met }) => !met)
  const broken = report.skipped.filter(({ broken }) => broken)
  progress(`${verdicts.length - missed.length} of ${verdicts.length} figures met their goals`)
  process.exitCode = missed.length + broken.length === 0 ? 0 : 1
})

NodeRuntime.runMain(program)
