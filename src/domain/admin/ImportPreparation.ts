/** Examines rows of an import, each by itself. */
import { Effect, Result } from "effect"
import { AuditLog } from "../../ports/AuditLog.ts"
import { PasswordHasher } from "../../ports/PasswordHasher.ts"
import { emailKey } from "../model/Email.ts"
import type { IfExists, ImportRow, ReadRow, RowError } from "../model/ImportRow.ts"
import { markOfRow, nameOf } from "./ImportDecisions.ts"
import type { PreparedRow } from "./ImportDecisions.ts"
import { makeImportedFactors } from "./ImportedFactors.ts"
import type { PreparedFactors } from "./ImportedFactors.ts"

/** A row that can be decided about, or what is wrong with it. */
export type PreparedOrNot = Result.Result<PreparedRow, ReadonlyArray<RowError>>

/** Makes the examination. `ifExists` is for rows that don't say it themselves. A hash is examined, never verified. */
export const makePreparation = Effect.gen(function*() {
  const { digest } = yield* AuditLog
  const hasher = yield* PasswordHasher
  const factors = yield* makeImportedFactors(digest)

  const prepare = (row: ImportRow, ifExists: IfExists, prepared: PreparedFactors): PreparedOrNot => {
    const { passwordHash } = row
    const ofRow = prepared.get(row)
    if (ofRow !== undefined && Result.isFailure(ofRow)) return Result.fail(ofRow.failure)
    const examined = passwordHash === undefined ? undefined : hasher.examine(passwordHash)
    if (examined !== undefined && Result.isFailure(examined)) {
      return Result.fail([{ pointer: "/password_hash", detail: examined.failure }])
    }
    return Result.succeed({
      id: row.id,
      externalId: row.externalId,
      email: row.email,
      emailKey: emailKey(row.email),
      emailVerified: row.emailVerified,
      emailProven: row.emailProven,
      displayName: row.displayName,
      passwordHash: examined?.success,
      factors: ofRow?.success,
      status: row.status,
      createdAt: row.createdAt,
      mark: markOfRow(row, ofRow?.success, digest),
      ifExists: row.ifExists ?? ifExists
    })
  }

  return Effect.fnUntraced(function*(rows: ReadonlyArray<ReadRow>, ifExists: IfExists) {
    const ofRows = yield* factors.prepareAll(rows, (row) => {
      const key = emailKey(row.email)
      return [nameOf({ ...row, emailKey: key }), nameOf({ emailKey: key })]
    })
    return rows.map((read) => Result.flatMap(read, (row) => prepare(row, ifExists, ofRows)))
  })
})
