/**
 * Brings accounts from other systems, with the passwords they have.
 *
 * Each row happens wholly or not at all, and has an outcome of its own. Rows are written many at a time, in order.
 * An import that was interrupted can be run again: what it has brought already is unchanged, and nothing happens
 * twice. A hash is examined for form and cost, and verified only when its holder signs in.
 */
import { Context, Effect, Layer, Result } from "effect"
import { AuditLog } from "../../ports/AuditLog.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"
import type { IfExists, ReadRow, RowOutcome } from "../model/ImportRow.ts"
import { keysOf, nameOf } from "./ImportDecisions.ts"
import type { PreparedRow } from "./ImportDecisions.ts"
import { makeImportNewness } from "./ImportNewness.ts"
import { countOutcomes } from "./ImportOutcomes.ts"
import { makePreparation } from "./ImportPreparation.ts"
import type { PreparedOrNot } from "./ImportPreparation.ts"
import { makeImportTurns } from "./ImportTurns.ts"
import { makeImportWrites, refusal } from "./ImportWrites.ts"
import { makeSeenRows, rowDigest } from "./SeenRows.ts"
import type { RowDigest } from "./SeenRows.ts"

export interface ImportOptions {
  /** For rows that don't say it themselves. */
  readonly ifExists: IfExists
  /** Decides about each row and changes nothing. */
  readonly dryRun: boolean
}

/** The outcomes of rows that come next, in their order. */
export type ImportRows = (rows: ReadonlyArray<ReadRow>) => Effect.Effect<ReadonlyArray<RowOutcome>, StoreUnavailable>

export class Imports extends Context.Service<Imports, {
  /**
   * Begins an import. Calls of what it returns may overlap, and are faster then. One that has keys in common with
   * earlier ones waits for these.
   */
  readonly begin: (options: ImportOptions) => Effect.Effect<ImportRows>
}>()("identityd/domain/admin/Imports") {
  static readonly layer = Layer.effect(
    Imports,
    Effect.gen(function*() {
      const { digest } = yield* AuditLog
      const prepare = yield* makePreparation
      const write = yield* makeImportWrites

      const begin = Effect.fnUntraced(function*({ dryRun, ifExists }: ImportOptions) {
        const seen = makeSeenRows()
        const newness = makeImportNewness()
        const inTurn = makeImportTurns()

        const apply = Effect.fnUntraced(function*(rows: ReadonlyArray<PreparedOrNot>, hasRepeatedKeys: boolean) {
          const outcomes: Array<RowOutcome> = []
          let together: Array<PlacedRow> = []
          const taken = new Set<string>()
          const flush = Effect.fnUntraced(function*() {
            if (together.length === 0) return
            const decided = yield* write(together.map(({ row }) => row), dryRun, newness)
            decided.forEach((outcome, index) => {
              const at = together[index]
              if (at === undefined) return
              outcomes[at.place] = outcome
              if (outcome.outcome !== "refused") seen.add(at.digest)
            })
            together = []
            taken.clear()
          })
          for (const [place, prepared] of rows.entries()) {
            if (Result.isFailure(prepared)) {
              outcomes[place] = { outcome: "refused", errors: prepared.failure }
              continue
            }
            const row = prepared.success
            if (hasRepeatedKeys && keysOf(row).some((key) => taken.has(key))) yield* flush()
            const ofRow = rowDigest(nameOf(row), row.mark, digest)
            const earlier = seen.find(ofRow)
            if (dryRun && earlier === "same") {
              outcomes[place] = { outcome: "unchanged", id: row.id }
              continue
            }
            if (earlier === "other") {
              outcomes[place] = refusal(
                row.externalId === undefined ? "/email" : "/external_id",
                "is that of an earlier row, which is different"
              )
              continue
            }
            if (hasRepeatedKeys) { for (const key of keysOf(row)) taken.add(key) }
            together.push({ row, place, digest: ofRow })
          }
          yield* flush()
          if (!dryRun) yield* countOutcomes(outcomes)
          return outcomes
        })

        return Effect.fn("Imports.apply")(function*(rows: ReadonlyArray<ReadRow>) {
          const prepared = yield* prepare(rows, ifExists)
          const keys: Array<string> = []
          for (const row of prepared) if (Result.isSuccess(row)) keys.push(...keysOf(row.success))
          return yield* inTurn(keys, (isRepeated) => apply(prepared, isRepeated))
        })
      })

      return Imports.of({ begin })
    })
  )
}

/** A row with its place among those of one call. */
interface PlacedRow {
  readonly row: PreparedRow
  readonly place: number
  readonly digest: RowDigest
}
