/**
 * Factors on Postgres. What depends on how many factors an account has locks the account first, so that two changes of
 * one account's factors come one after the other.
 */
import { Effect, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { AccountId, DisplayName } from "../../../domain/model/Account.ts"
import { FACTORS_MAX, isSecondFactor } from "../../../domain/model/Factor.ts"
import type { FactorId, SealedSecret } from "../../../domain/model/Factor.ts"
import {
  AccountNotFound,
  LastFactor,
  PreconditionFailed,
  TooManyFactors
} from "../../../domain/model/IdentityErrors.ts"
import type { AccountPrecondition } from "../../../ports/AccountStore.ts"
import type { UnconditionalCommit } from "../../../ports/Commit.ts"
import { FactorStore } from "../../../ports/FactorStore.ts"
import type { FactorRemoval, StoredFactor } from "../../../ports/FactorStore.ts"
import { sealingKeyOf } from "../../../ports/SecretBox.ts"
import { holds } from "../AccountConditions.ts"
import { columnNames, columnValues } from "../columns.ts"
import type { Connection } from "../connection/Connection.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { commitIf, committed } from "../ledger/CommitStatements.ts"
import { changingOne, execute, findingOne, readingAll, statement } from "../statement.ts"
import { countFactors, factorColumns, factorTable, recordOf, toStored } from "./FactorRows.ts"

export const make = ({ read, run, transact }: PostgresClient["Service"]): FactorStore["Service"] =>
  FactorStore.of({
    insert: (input) => transact("FactorStore.insert", (connection) => insert(connection, input)),

    list: (accountId) => read("FactorStore.list", list(accountId)),

    findPasskey: (credentialId) => read("FactorStore.findPasskey", findingOne(selectPasskey, credentialId, toStored)),

    rename: (input) => run("FactorStore.rename", findingOne(updateName, input, (row) => toStored(row).factor)),

    remove: (removal) => transact("FactorStore.remove", (connection) => remove(connection, removal)),

    reseal: (input) => run("FactorStore.reseal", changingOne(updateSeed, input))
  })

interface Insertion {
  readonly stored: StoredFactor
  readonly precondition: AccountPrecondition
  readonly commit: UnconditionalCommit
}

const insert = Effect.fnUntraced(function*(
  connection: Connection,
  input: Insertion
): Effect.fn.Return<Result.Result<void, AccountNotFound | PreconditionFailed | TooManyFactors>, SqlError> {
  const { factor: { accountId } } = input.stored
  const locked = yield* lock(connection, { accountId, precondition: input.precondition })
  if (Result.isFailure(locked)) return locked
  yield* execute(connection, deleteReplaced, input)
  if ((yield* countFactors(accountId)(connection)) >= FACTORS_MAX) return Result.fail(new TooManyFactors())
  yield* execute(connection, insertFactor, input)
  return Result.void
})

const list = (accountId: AccountId) => readingAll(selectFactors, accountId, toStored)

const remove = Effect.fnUntraced(function*(
  connection: Connection,
  removal: FactorRemoval
): Effect.fn.Return<Result.Result<ReadonlyArray<StoredFactor["factor"]>, LastFactor | PreconditionFailed>, SqlError> {
  const locked = yield* lock(connection, removal)
  if (Result.isFailure(locked)) {
    return locked.failure._tag === "AccountNotFound" ? Result.succeed([]) : Result.fail(locked.failure)
  }
  const all = (yield* list(removal.accountId)(connection)).map(({ factor }) => factor)
  const gone = all.filter(({ id }) => removal.id === "all" || removal.id === id)
  const rest = all.filter((factor) => !gone.includes(factor))
  if (removal.keepsLast && gone.some(isSecondFactor) && !rest.some(isSecondFactor)) return Result.fail(new LastFactor())
  if (gone.length > 0) yield* execute(connection, deleteFactors, { ...removal, ids: gone.map(({ id }) => id) })
  return Result.succeed(gone)
})

const lock = Effect.fnUntraced(function*(connection: Connection, input: Lock): Effect.fn.Return<
  Result.Result<void, AccountNotFound | PreconditionFailed>,
  SqlError
> {
  const { rows: [row] } = yield* execute(connection, lockAccount, input)
  if (row === undefined) return Result.fail(new AccountNotFound())
  return row["holds"] === true ? Result.void : Result.fail(new PreconditionFailed())
})

interface Lock {
  readonly accountId: AccountId
  readonly precondition: AccountPrecondition
}

const lockAccount = statement<Lock>(($) => `
  SELECT ${holds($.of(({ precondition }) => precondition))} FROM accounts WHERE id = ${$(({ accountId }) => accountId)}
  FOR UPDATE`)

const deleteReplaced = statement<Insertion>(($) => `
  DELETE FROM factors WHERE account_id = ${$(({ stored }) => stored.factor.accountId)}
    AND type = ${$(({ stored }) => stored.factor.type)} AND (type = 'recovery_codes' OR confirmed_at IS NULL)`)

const insertFactor = statement<Insertion>(($) => `
  WITH inserted AS (
    INSERT INTO factors (${columnNames(factorTable)})
    VALUES (${columnValues(factorTable, $.of(({ stored }) => recordOf(stored)))})
    RETURNING id
  ), ${commitIf("inserted", $.of(({ commit }) => commit))}
  SELECT ${committed} FROM inserted`)

const selectFactors = statement<AccountId>(($) => `
  SELECT ${factorColumns} FROM factors f WHERE account_id = ${$((id) => id)} ORDER BY created_at, id`)

const selectPasskey = statement<string>(($) => `
  SELECT ${factorColumns} FROM factors f WHERE credential_id = ${$((id) => id)} AND confirmed_at IS NOT NULL`)

interface Renaming {
  readonly accountId: AccountId
  readonly id: FactorId
  readonly name: DisplayName
  readonly commit: UnconditionalCommit
}

const updateName = statement<Renaming>(($) => `
  WITH f AS (
    UPDATE factors SET name = ${$(({ name }) => name)}
    WHERE id = ${$(({ id }) => id)} AND account_id = ${$(({ accountId }) => accountId)}
    RETURNING *
  ), ${commitIf("f", $.of(({ commit }) => commit))}
  SELECT ${committed}, ${factorColumns} FROM f`)

const deleteFactors = statement<FactorRemoval & { readonly ids: ReadonlyArray<FactorId> }>(($) => `
  WITH gone AS (
    DELETE FROM factors WHERE id = ANY (${$(({ ids }) => ids)}::text[]) RETURNING id
  ), ${commitIf("gone", $.of(({ commit }) => commit))}
  SELECT ${committed}`)

interface Resealing {
  readonly accountId: AccountId
  readonly id: FactorId
  readonly from: SealedSecret
  readonly to: SealedSecret
}

const updateSeed = statement<Resealing>(($) => `
  UPDATE factors SET seed = ${$(({ to }) => to)}, sealed_by = ${$(({ to }) => sealingKeyOf(to))}
  WHERE id = ${$(({ id }) => id)} AND account_id = ${$(({ accountId }) => accountId)} AND seed = ${
  $(({ from }) => from)
}`)
