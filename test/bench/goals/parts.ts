/** No goal: what single parts of a check take, without a server or a database around them. */
import { Effect } from "effect"
import { answerEncodings } from "../micro/answer-encoding.ts"
import { logLines } from "../micro/log-line.ts"
import { microsecondsOf } from "../micro/tasks.ts"
import { tokenChecks } from "../micro/token-check.ts"
import { Bench } from "../suite/Bench.ts"
import type { Findings } from "../suite/Verdict.ts"

export const parts = Effect.gen(function*() {
  const { plan } = yield* Bench
  const tasks = [...yield* tokenChecks, ...answerEncodings, ...yield* logLines]
  const findings: Findings = {
    title: "Parts of a check",
    columns: ["", "µs, median"],
    rows: yield* microsecondsOf(tasks, plan.quick ? 100 : 2000),
    verdicts: []
  }
  return findings
}).pipe(Effect.scoped)
