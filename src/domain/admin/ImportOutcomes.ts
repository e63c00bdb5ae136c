import { Effect, Metric } from "effect"
import type { RowOutcome } from "../model/ImportRow.ts"
import { accountsCreated, accountsImported } from "../telemetry/IdentityMetrics.ts"

/** Counts what became of rows. */
export const countOutcomes = Effect.fnUntraced(function*(outcomes: ReadonlyArray<RowOutcome>) {
  for (const outcome of ["created", "updated", "unchanged", "refused"] as const) {
    const rows = outcomes.filter((it) => it.outcome === outcome).length
    if (rows > 0) yield* Metric.update(accountsImported(outcome), rows)
    if (rows > 0 && outcome === "created") yield* Metric.update(accountsCreated, rows)
  }
})
