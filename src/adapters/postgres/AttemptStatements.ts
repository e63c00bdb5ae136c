/**
 * How attempts are counted and settled: one statement each, at every isolation level.
 *
 * `debt_until` is when the last attempt will be forgotten: it moves on by `recovery_ms` with each, and back with each
 * that is given back, so both are sums that no order can spoil. A budget is used up while that is more than
 * `burst - 1` recoveries away, and then admits nothing before `closed_until`.
 */
import { DateTime } from "effect"
import { createHash } from "node:crypto"
import type { AttemptReservation, PassedAttempt } from "../../ports/AttemptThrottle.ts"

/**
 * Keys name emails and networks, also of people who have no account here, so only digests are stored. They are not
 * keyed: the same database holds the email of every account, and a key that is rotated would open a second budget.
 */
export const budgetDigest = (key: string): string => createHash("sha256").update(key, "utf8").digest("base64url")

const milliseconds = (amount: string) => `(${amount}) * interval '1 millisecond'`

const roundedUp = (instant: string) => `date_trunc('hour', ${instant}) + interval '1 hour'`

const isUsedUp = (budget: string, limits: string) =>
  `(${budget}.debt_until > $1::timestamptz + ${milliseconds(`(${limits}.burst - 1) * ${limits}.recovery_ms`)}
      AND ${budget}.closed_until > $1::timestamptz)`

const debtAfter = (debt: string, limits: string) => `${debt} + ${milliseconds(`${limits}.recovery_ms`)}`

/** How many attempts are remembered beyond those that are free; 0 for the one that uses a budget up. */
const excess = (debt: string, limits: string) =>
  `ceil(extract(epoch FROM ${debt} - $1::timestamptz) * 1000 / ${limits}.recovery_ms) - ${limits}.burst`

// Beyond 2 to the 40th every delay is longer than any recovery, and the power would leave its type some time.
const closedAfter = (debt: string, limits: string) =>
  `$1::timestamptz + ${
    milliseconds(
      `least(${limits}.delay_ms * power(2::float8, least(greatest(${excess(debt, limits)}, 0), 40)::float8),
        ${limits}.recovery_ms)`
    )
  }`

const DEBT = "greatest(b.debt_until, $1::timestamptz)"

/**
 * Counts an attempt against all of its budgets, or says which one refuses. Parameters: the instant, the budgets as JSON,
 * and the key of whom the attempt comes from, if any. A budget's `part` says when it counts: `always`; `open` or `kept`
 * if that part of the shared budget applies; `from` notes the newcomer, whose budget refuses nothing. Rows of a refusal
 * have `counted` false; a newcomer has a row only if they were new.
 *
 * `used_up` is what this statement sees when it begins. Somebody else may use a budget up, or come from the same place as
 * a newcomer, before the row is written: then its debt becomes NULL, the whole statement fails with 23502 and nothing of
 * it happened. Asked again, it sees why. Rows are written in the order of their keys, so that no two statements wait for
 * each other.
 */
export const reserve = `
  WITH asked AS (
    SELECT key, part, burst, delay_ms, recovery_ms
    FROM json_to_recordset($2::json) AS q(key text, part text, burst integer, delay_ms bigint, recovery_ms bigint)
  ), used_up AS (
    SELECT a.key, a.part, b.closed_until FROM asked a JOIN attempt_budgets b ON b.key = a.key
    WHERE ${isUsedUp("b", "a")}
  ), applying AS (
    SELECT CASE WHEN $3::text IS NOT NULL AND EXISTS (SELECT FROM used_up WHERE part = 'open')
      AND NOT EXISTS (SELECT FROM used_up WHERE part = 'from') THEN 'kept' ELSE 'open' END AS part
  ), refusing AS (
    SELECT u.key, u.closed_until FROM used_up u, applying p WHERE u.part IN ('always', p.part)
  ), counted AS (
    INSERT INTO attempt_budgets AS b (key, burst, delay_ms, recovery_ms, debt_until, closed_until, expires_at)
    SELECT a.key, a.burst, a.delay_ms, a.recovery_ms, ${debtAfter("$1::timestamptz", "a")},
      ${closedAfter(debtAfter("$1::timestamptz", "a"), "a")}, ${roundedUp(debtAfter("$1::timestamptz", "a"))}
    FROM asked a, applying p
    WHERE a.part IN ('always', 'from', p.part) AND NOT EXISTS (SELECT FROM refusing) ORDER BY a.key
    ON CONFLICT (key) DO UPDATE SET
      burst = excluded.burst,
      delay_ms = excluded.delay_ms,
      recovery_ms = excluded.recovery_ms,
      debt_until = CASE
        WHEN b.key = $3 AND b.debt_until > $1::timestamptz AND (SELECT part FROM applying) = 'kept' THEN NULL
        WHEN b.key = $3 THEN greatest(b.debt_until, excluded.debt_until)
        WHEN ${isUsedUp("b", "excluded")} THEN NULL
        ELSE ${debtAfter(DEBT, "excluded")} END,
      closed_until = ${closedAfter(debtAfter(DEBT, "excluded"), "excluded")},
      expires_at = ${roundedUp(debtAfter(DEBT, "excluded"))}
    RETURNING b.key, b.closed_until, ${excess("b.debt_until", "b")} >= 0 AS uses_up
  )
  SELECT key, true AS counted, uses_up, closed_until FROM counted
  WHERE key IS DISTINCT FROM $3 OR NOT EXISTS (SELECT FROM used_up WHERE part = 'from')
  UNION ALL SELECT key, false, true, closed_until FROM refusing`

/**
 * The parts `reserved` and `settled` of a statement, which settle an attempt that passed: they forget all attempts at some
 * budgets and one at others. `condition` says whether to. Values for the parameters from `first` on are those of
 * `settlementParameters`. Rows are locked in the order of their keys first.
 */
export const settleIf = (condition: string, first: number): string => {
  const [now, forgetsAll, forgetsOne] = [`$${first}::timestamptz`, `$${first + 1}::text[]`, `$${first + 2}::text[]`]
  return `reserved AS (
    SELECT key FROM attempt_budgets WHERE key = ANY(${forgetsAll} || ${forgetsOne}) AND ${condition} ORDER BY key
    FOR UPDATE
  ), settled AS (
    UPDATE attempt_budgets b SET
      debt_until = CASE WHEN b.key = ANY(${forgetsAll}) THEN ${now}
        ELSE b.debt_until - ${milliseconds("b.recovery_ms")} END,
      closed_until = ${now},
      expires_at = CASE WHEN b.key = ANY(${forgetsAll}) THEN ${roundedUp(now)} ELSE b.expires_at END
    FROM reserved WHERE b.key = reserved.key
    RETURNING b.key
  )`
}

/** With nothing to settle the parts above touch no row. */
export const settlementParameters = (passes: PassedAttempt | undefined): ReadonlyArray<unknown> =>
  passes === undefined ? [undefined, [], []] : [
    DateTime.toDateUtc(passes.now),
    passes.reservation.forgetsAll.map(budgetDigest),
    passes.reservation.forgetsOne.map(budgetDigest)
  ]

/** Values for `settle` that give an attempt back everywhere. */
export const returnParameters = (
  now: DateTime.Utc,
  { forgetsAll, forgetsOne, keeps }: AttemptReservation
): ReadonlyArray<unknown> => [
  DateTime.toDateUtc(now),
  [],
  [...forgetsAll, ...forgetsOne, ...keeps].map(budgetDigest)
]

export const settle = `WITH ${settleIf("true", 1)} SELECT count(*) FROM settled`

export const deleteExpired = `
  DELETE FROM attempt_budgets
  WHERE key IN (SELECT key FROM attempt_budgets WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
    AND expires_at <= $1`
