/** Imports and exports, in the form of their lines. */
import { Effect, Option, Stream } from "effect"
import { Exports } from "../../src/domain/admin/Exports.ts"
import { Imports } from "../../src/domain/admin/Imports.ts"
import type { ImportOptions } from "../../src/domain/admin/Imports.ts"
import { exportedRow, readImportRow } from "../../src/resources/ImportRows.ts"

/** Imports rows at once and returns what became of each: the outcome, or the members that are wrong. */
export const importing = (rows: ReadonlyArray<object>, options: Partial<ImportOptions> = {}) =>
  Effect.gen(function*() {
    const imports = yield* Imports
    const importRows = yield* imports.begin({ ifExists: "refuse", dryRun: false, ...options })
    const outcomes = yield* importRows(rows.map((row) => readImportRow(JSON.stringify(row))))
    return outcomes.map((outcome) =>
      outcome.outcome === "refused"
        ? outcome.errors.map(({ detail, pointer }) => `${pointer} ${detail}`).join(", ")
        : outcome.outcome
    )
  })

/** The rows of an export with credentials. */
export const exporting = Effect.gen(function*() {
  const exports = yield* Exports
  const parts = yield* Stream.runCollect(exports.accounts({ after: Option.none(), withCredentials: true }))
  return parts.flat().map((account) => exportedRow(account, true))
})

/** The lines of an export without the instants of the accounts' last changes. */
export const withoutUpdates = (rows: Effect.Success<typeof exporting>): string =>
  rows.map(({ updated_at: _, ...row }) => JSON.stringify(row)).join("\n")
