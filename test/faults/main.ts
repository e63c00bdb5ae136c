/**
 * Lets loose on the published server what SECURITY calls faults, and holds every promise against what was answered:
 * `npm run test:faults -- --help`. It ends with 1 when a figure misses its goal.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Duration, Effect, References } from "effect"
import { join } from "node:path"
import { figuresOf, writeFigures } from "../bench/suite/FiguresPage.ts"
import { Executable } from "../e2e/IdentityProcess.ts"
import { bundled } from "../support/bundled.ts"
import { PristineCluster, pristineCluster } from "../support/pristine-cluster.ts"
import { backupFaults } from "./backup.ts"
import { databaseFaults } from "./database.ts"
import { patient, Trial } from "./Fault.ts"
import type { Fault } from "./Fault.ts"
import { keyFaults } from "./keys.ts"
import { memoryFaults } from "./memory.ts"
import { networkFaults } from "./network.ts"
import { overloadFaults } from "./overload.ts"
import { parsePlan } from "./Plan.ts"
import { isMet, jsonOf, lineOf, pageOf } from "./Report.ts"
import type { Result } from "./Report.ts"
import { restarts } from "./restarts.ts"
import { storageFaults } from "./storage.ts"
import { suiteFaults } from "./suite.ts"
import { telemetryFaults } from "./telemetry.ts"

const faults: ReadonlyArray<Fault> = [
  ...backupFaults,
  ...databaseFaults,
  ...keyFaults,
  ...memoryFaults,
  ...networkFaults,
  ...overloadFaults,
  ...restarts,
  ...storageFaults,
  ...suiteFaults,
  ...telemetryFaults
].toSorted((one, other) => Number(one.id.slice(1)) - Number(other.id.slice(1)))

const plan = parsePlan(process.argv.slice(2))

const attempt = Effect.fnUntraced(function*({ id, run, title }: Fault) {
  const [duration, found] = yield* Effect.timed(
    Effect.scoped(Effect.provideService(run, Trial, { id, plan })).pipe(
      Effect.map((figures) => ({ figures: plan.full ? figures : figures.map(patient) })),
      Effect.catchTag("NotPossible", ({ message }) => Effect.succeed({ figures: [], skipped: message })),
      Effect.catchCause((cause) => Effect.succeed({ figures: [], broken: String(Cause.squash(cause)) }))
    )
  )
  const result: Result = { fault: { id, title }, seconds: Duration.toSeconds(duration), ...found }
  process.stdout.write(`${plan.json ? jsonOf(result) : lineOf(result)}\n`)
  return result
})

const program = Effect.gen(function*() {
  const asked = faults.filter(({ id, isInSuite }) =>
    (plan.only.length === 0 || plan.only.includes(id)) && !(plan.withoutSuite && isInSuite === true)
  )
  if (asked.length === 0) return yield* Effect.die(new Error(`there is no ${plan.only.join()}`))
  if (!plan.json) process.stdout.write(`Seed ${plan.seed}\n`)
  const executable = join(yield* bundled, "identity.js")
  const cluster = yield* pristineCluster
  const results = yield* Effect.forEach(asked, attempt).pipe(
    Effect.provideService(Executable, executable),
    Effect.provideService(PristineCluster, cluster)
  )
  if (plan.write) writeFigures("faults.md", pageOf(results, plan, figuresOf("faults.md")))
  process.exitCode = results.every(isMet) ? 0 : 1
}).pipe(
  Effect.scoped,
  Effect.provide(NodeServices.layer),
  Effect.provideService(References.MinimumLogLevel, "Warn")
)

NodeRuntime.runMain(program)
