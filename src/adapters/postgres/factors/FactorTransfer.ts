/**
 * Factors in bulk. They travel as JSON, so that one parameter holds those of hundreds of accounts, and one column those
 * of an account.
 */
import * as PgTypes from "@effect/sql-pg/PgTypes"
import { DateTime, Effect, Predicate, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { AccountId } from "../../../domain/model/Account.ts"
import { FACTORS_MAX } from "../../../domain/model/Factor.ts"
import type { FactorId } from "../../../domain/model/Factor.ts"
import { TooManyFactors } from "../../../domain/model/IdentityErrors.ts"
import type { ExportedFactor } from "../../../domain/model/ImportRow.ts"
import { KeyTaken } from "../../../ports/AccountTransfer.ts"
import type { FactorKeys } from "../../../ports/AccountTransfer.ts"
import type { StoredFactor } from "../../../ports/FactorStore.ts"
import { columnNames } from "../columns.ts"
import type { Connection } from "../connection/Connection.ts"
import { execute, readingAll, statement } from "../statement.ts"
import { countFactors, factorColumns, factorTable, recordOf, toStored } from "./FactorRows.ts"

/** Saves factors, and returns whether no key of them was taken. Otherwise the transaction has to be given up. */
export const insertFactors = Effect.fnUntraced(
  function*(connection: Connection, factors: ReadonlyArray<StoredFactor>): Effect.fn.Return<boolean, SqlError> {
    if (factors.length === 0) return true
    const { rowCount } = yield* execute(connection, insertion, factors)
    return rowCount === factors.length
  }
)

interface Replacement {
  readonly accountId: AccountId
  readonly addFactors: ReadonlyArray<StoredFactor>
  readonly removeFactors: ReadonlyArray<FactorId>
}

/** Changes the factors of an account, which has to be locked. */
export const replaceFactors = Effect.fnUntraced(function*(
  connection: Connection,
  replacement: Replacement
): Effect.fn.Return<Result.Result<void, KeyTaken | TooManyFactors>, SqlError> {
  const { addFactors, removeFactors } = replacement
  if (removeFactors.length > 0) yield* execute(connection, deletion, replacement)
  if (addFactors.length === 0) return Result.void
  if (!(yield* insertFactors(connection, addFactors))) return Result.fail(new KeyTaken())
  return (yield* countFactors(replacement.accountId)(connection)) > FACTORS_MAX
    ? Result.fail(new TooManyFactors())
    : Result.void
})

/** The confirmed factors of an account as JSON, the oldest first; NULL if there are none. */
export const exportedFactors = (accountId: string): string =>
  `(SELECT json_agg(f ORDER BY f.created_at, f.id) FROM factors f
    WHERE f.account_id = ${accountId} AND f.confirmed_at IS NOT NULL)`

/** Reads what `exportedFactors` selects. */
export const toExportedFactors = (column: unknown): ReadonlyArray<ExportedFactor> =>
  Array.isArray(column)
    ? column.map((json) => {
      const { answered: _, ...exported } = toStored(fromJson(json))
      return exported
    })
    : []

const selectFactors = statement<FactorKeys>(($) => `
  SELECT ${factorColumns} FROM factors f WHERE f.id IN (
    SELECT unnest(${$(({ ids }) => ids)}::text[])
    UNION SELECT o.id FROM factors o WHERE o.account_id = ANY (${$(({ accountIds }) => accountIds)}::text[])
    UNION SELECT c.id FROM factors c WHERE c.credential_id = ANY (${$(({ credentialIds }) => credentialIds)}::text[])
  )`)

// They are sorted, so that two imports of the same passkeys wait for each other instead of blocking each other.
/** The factors that have one of these keys. */
export const findFactors = (keys: FactorKeys) => readingAll(selectFactors, keys, (row) => toStored(row).factor)

const insertion = statement<ReadonlyArray<StoredFactor>>(($) => `
  INSERT INTO factors (${columnNames(factorTable)})
  SELECT ${columnNames(factorTable)} FROM json_populate_recordset(NULL::factors, ${
  $((factors) => JSON.stringify(factors.map(toJson)))
}::json) ORDER BY credential_id, id
  ON CONFLICT DO NOTHING`)

const deletion = statement<Replacement>(($) => `
  DELETE FROM factors
  WHERE account_id = ${$(({ accountId }) => accountId)} AND id = ANY (${
  $(({ removeFactors }) => removeFactors)
}::text[])`)

/** A row as Postgres reads it from JSON. */
const toJson = (factor: StoredFactor) => {
  const record = recordOf(factor)
  return Object.fromEntries(factorTable.columns.map(({ name, write }) => {
    const value = write(record)
    return [name, Predicate.isUint8Array(value) ? `\\x${Buffer.from(value).toString("hex")}` : value]
  }))
}

/** A row as the driver reads it, from the one that Postgres writes as JSON. */
const fromJson = (row: Record<string, unknown>): Record<string, unknown> => ({
  ...row,
  ...Object.fromEntries(converted.map(({ convert, name }) => [name, row[name] === null ? null : convert(row[name])]))
})

/** What Postgres writes as JSON otherwise than the driver reads it. Bytes are written as `\\x…`. */
const conversions = new Map<number, (json: unknown) => unknown>([
  [PgTypes.OID.timestamptz, (json) => DateTime.toDateUtc(DateTime.makeUnsafe(String(json)))],
  [PgTypes.OID.int8, (json) => BigInt(String(json))],
  [PgTypes.OID.bytea, (json) => new Uint8Array(Buffer.from(String(json).slice(2), "hex"))]
])

const converted = factorTable.columns.flatMap(({ name, oid }) => {
  const convert = conversions.get(oid)
  return convert === undefined ? [] : [{ name, convert }]
})
