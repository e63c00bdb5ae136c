import { Effect } from "effect"
import type { Commit } from "../../../src/ports/Commit.ts"
import type { AttemptReservation } from "../../../src/ports/GuessBudgets.ts"
import type { Step } from "./KeyValues.ts"

export const keysOf = ({ forgetsAll, forgetsOne, keeps }: AttemptReservation): ReadonlyArray<string> => [
  ...forgetsAll,
  ...forgetsOne,
  ...keeps
]

/** Loads the items that a commit reads and changes. */
export const loadCommit = ({ budgets, heads, mails, requests }: Step, commit: Commit) => {
  const { attempt, audit, request } = commit
  return Effect.all([
    heads([audit.chain]),
    requests(request === undefined ? [] : [request.key]),
    budgets(attempt === undefined ? [] : keysOf(attempt.reservation)),
    budgets(attempt?.successes === undefined ? [] : [attempt.successes.key]),
    mails((commit.mails ?? []).map(({ id }) => id))
  ], { discard: true })
}
