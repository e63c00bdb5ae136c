/** F8, F12 and F16: what the suite proves, with as many steps as asked. */
import { Effect, Schema } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { least, none, Trial } from "./Fault.ts"
import type { Fault } from "./Fault.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

const Report = Schema.fromJsonString(Schema.Struct({
  numPassedTests: Schema.Int,
  numFailedTests: Schema.Int
}))

/** Runs the tests with a fault's name in their title. */
const proofs = Effect.fnUntraced(
  function*(id: string, files: ReadonlyArray<string>, variables: Readonly<Record<string, string>> = {}) {
    const output = `${yield* temporaryDirectory("identity-faults-")}/report.json`
    yield* Effect.promise(() =>
      once(
        spawn("npx", ["vitest", "run", "-t", `\\[${id}\\]`, "--reporter=json", `--outputFile=${output}`, ...files], {
          cwd: root,
          env: { ...process.env, ...variables },
          stdio: ["ignore", "ignore", "inherit"]
        }),
        "exit"
      )
    )
    const report = yield* Schema.decodeEffect(Report)(readFileSync(output, "utf8"))
    return [least("proofs", report.numPassedTests, 1), none("of them failed", report.numFailedTests)]
  },
  Effect.orDie
)

const histories = Effect.gen(function*() {
  const { plan } = yield* Trial
  const steps = plan.full ? 1_000_000 : 10_000
  const figures = yield* proofs("F16", ["test/model"], {
    IDENTITY_MODEL_STEPS: String(steps),
    IDENTITY_MODEL_SEED: String(plan.seed)
  })
  return [least("steps", steps, steps), ...figures]
})

export const suiteFaults: ReadonlyArray<Fault> = [
  {
    id: "F8",
    title: "A server's clock is wrong",
    isInSuite: true,
    run: proofs("F8", ["test/e2e/clocks", "test/domain/WrongClocks", "test/adapters/postgres", "test/adapters/memory"])
  },
  {
    id: "F12",
    title: "A migration beside servers, killed half-way",
    isInSuite: true,
    run: proofs("F12", ["test/adapters/postgres/expanding-migrations"])
  },
  {
    id: "F16",
    title: "A random history on memory and Postgres side by side",
    isInSuite: true,
    run: histories
  }
]
