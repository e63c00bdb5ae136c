import { DateTime, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { AccountId } from "../../../domain/model/Account.ts"
import type { FactorsRemoval } from "../../../ports/AccountStore.ts"
import type { Connection } from "../connection/Connection.ts"
import { commitIf, committed } from "../ledger/CommitStatements.ts"
import { execute, statement } from "../statement.ts"

interface Removal extends FactorsRemoval {
  readonly accountId: AccountId
}

/**
 * Removes factors of an account, if that is wanted. Has to run in the transaction of what removes them, with the
 * account's row locked, so that none is saved or confirmed meanwhile. Returns how many there were.
 */
export const removeFactors = Effect.fnUntraced(function*(
  connection: Connection,
  accountId: AccountId,
  removal: FactorsRemoval | undefined
): Effect.fn.Return<number, SqlError> {
  if (removal === undefined) return 0
  const { rowCount } = yield* execute(connection, deleteSince, { ...removal, accountId })
  return rowCount ?? 0
})

const deleteSince = statement<Removal>(($) => `
  WITH gone AS (
    DELETE FROM factors WHERE account_id = ${$(({ accountId }) => accountId)}
      AND coalesce(confirmed_at >= ${$(({ since }) => since && DateTime.toDateUtc(since))}, true)
    RETURNING id
  ), ${commitIf("gone", $.of(({ commit }) => commit))}
  SELECT ${committed} FROM gone`)
