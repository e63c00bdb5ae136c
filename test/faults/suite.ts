/** F8, F12 and F16: what the suite proves, with as many steps as asked. */
import { Effect, Schema } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { temporaryDirectory } from "../support/temporary-directory.ts"
import { least, none, NotPossible, Trial } from "./Fault.ts"
import type { Fault, Figure } from "./Fault.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

const Proof = Schema.Struct({ fullName: Schema.String, status: Schema.String })

/** What vitest reports. Tests that weren't asked for are in it as skipped, too. */
const Report = Schema.Struct({
  testResults: Schema.Array(Schema.Struct({ assertionResults: Schema.Array(Proof) }))
})

/** How many of a fault's proofs hold. It isn't possible where some need what the machine lacks, unless one fails. */
export const judged = Effect.fnUntraced(function*(id: string, { testResults }: typeof Report.Type) {
  const proofs = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ fullName }) => fullName.includes(`[${id}]`))
  )
  const those = (status: string) => proofs.filter((proof) => proof.status === status)
  const [passed, failed] = [those("passed"), those("failed")]
  const left = proofs.length - passed.length - failed.length
  if (left > 0 && failed.length === 0) {
    return yield* new NotPossible({ message: `${left} of ${proofs.length} proofs need what this machine lacks` })
  }
  const figures: ReadonlyArray<Figure> = [least("proofs", passed.length, 1), none("of them failed", failed)]
  return figures
})

const reportOf = Effect.fnUntraced(
  function*(id: string, files: ReadonlyArray<string>, variables: Readonly<Record<string, string>>) {
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
    return yield* Schema.decodeEffect(Schema.fromJsonString(Report))(readFileSync(output, "utf8"))
  },
  Effect.orDie
)

/** Runs the tests with a fault's name in their title. */
const proofs = (id: string, files: ReadonlyArray<string>, variables: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(reportOf(id, files, variables), (report) => judged(id, report))

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
