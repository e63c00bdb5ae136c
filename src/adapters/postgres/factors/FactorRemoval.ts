import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { AccountId } from "../../../domain/model/Account.ts"
import type { UnconditionalCommit } from "../../../ports/Commit.ts"
import type { Connection } from "../connection/Connection.ts"
import { commitIf, committed } from "../ledger/CommitStatements.ts"
import { execute, statement } from "../statement.ts"

interface Removal {
  readonly accountId: AccountId
  readonly commit: UnconditionalCommit
}

/**
 * Removes every factor of an account, if a commit says so. Has to run in the transaction of what removes them, with the
 * account's row locked, so that none is saved meanwhile. Returns how many it were.
 */
export const removeAllFactors = Effect.fnUntraced(function*(
  connection: Connection,
  accountId: AccountId,
  commit: UnconditionalCommit | undefined
): Effect.fn.Return<number, SqlError> {
  if (commit === undefined) return 0
  const { rowCount } = yield* execute(connection, deleteAll, { accountId, commit })
  return rowCount ?? 0
})

const deleteAll = statement<Removal>(($) => `
  WITH gone AS (
    DELETE FROM factors WHERE account_id = ${$(({ accountId }) => accountId)} RETURNING id
  ), ${commitIf("gone", $.of(({ commit }) => commit))}
  SELECT ${committed} FROM gone`)
