import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Commit } from "../../../ports/Commit.ts"
import { endAnswered } from "../challenges/AnsweredChallenges.ts"
import type { Connection } from "../connection/Connection.ts"
import { useFactor } from "./FactorUses.ts"

/**
 * Ends the challenge that a commit answers and uses its second factor. Returns whether the mutation may happen. Has to
 * run in its transaction. `lockAccount` runs between the two, because all transactions lock challenges before accounts
 * and accounts before factors.
 */
export const isProven = Effect.fnUntraced(function*(
  connection: Connection,
  { answers, uses }: Pick<Commit, "answers" | "uses">,
  lockAccount: Effect.Effect<unknown, SqlError> = Effect.void
): Effect.fn.Return<boolean, SqlError> {
  const wasLive = yield* endAnswered(connection, answers)
  if (!wasLive) return false
  yield* lockAccount
  return yield* useFactor(connection, uses)
})
