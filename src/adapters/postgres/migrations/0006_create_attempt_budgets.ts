/**
 * The attempts counted against each budget, as `AttemptStatements` explains. `key` is a digest.
 *
 * Neither instant is ever NULL: a statement that would count an attempt against a used-up budget fails on that
 * constraint, and nothing of it happens. `expires_at` is rounded up to the hour, so that counting, the most frequent
 * change of a row, rarely touches its index.
 */
export const createAttemptBudgets = [
  `CREATE TABLE attempt_budgets (
    key text COLLATE "C" PRIMARY KEY,
    burst integer NOT NULL,
    delay_ms bigint NOT NULL,
    recovery_ms bigint NOT NULL,
    debt_until timestamptz NOT NULL,
    closed_until timestamptz NOT NULL,
    known_until timestamptz,
    expires_at timestamptz NOT NULL
  )`,
  `CREATE INDEX attempt_budgets_expires_at ON attempt_budgets (expires_at)`
]
