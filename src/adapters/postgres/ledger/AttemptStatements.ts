/**
 * Counts and settles attempts, with one statement each, at every isolation level.
 *
 * `debt_until` is when the last attempt will be forgotten. Each attempt moves it forward by `recovery_ms`, and giving
 * one back moves it back, so the result doesn't depend on the order. A budget is used up while `debt_until` is more
 * than `burst - 1` recoveries away; it then admits nothing before `closed_until`.
 */
import { DateTime, Duration, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { createHash } from "node:crypto"
import type { EmailKey } from "../../../domain/model/Email.ts"
import type { GuessBudget, PassedAttempt } from "../../../ports/GuessBudgets.ts"
import { failureCode } from "../connection/StoreFailure.ts"
import { accountOfEmail } from "../rows.ts"
import { statement } from "../statement.ts"
import type { Placeholders } from "../statement.ts"

/**
 * Keys contain emails and networks, also of people without an account, so only digests are stored. The digests have no
 * secret key: the same database holds every account's email, and rotating a key would open a second budget.
 */
export const budgetDigest = (key: string): string => createHash("sha256").update(key, "utf8").digest("base64url")

const milliseconds = (amount: string) => `(${amount}) * interval '1 millisecond'`

const roundedUp = (instant: string) => `date_trunc('hour', ${instant}) + interval '1 hour'`

// In the fragments below, `limits` is the row with a budget's numbers, and `now` the instant.

const isUsedUp = (budget: string, limits: string, now: string) =>
  `(${budget}.debt_until > ${now} + ${milliseconds(`(${limits}.burst - 1) * ${limits}.recovery_ms`)}
      AND ${budget}.closed_until > ${now})`

const debtAfter = (debt: string, limits: string) => `${debt} + ${milliseconds(`${limits}.recovery_ms`)}`

/** How many attempts are remembered beyond the free ones; 0 for the one that uses a budget up. */
const excess = (debt: string, limits: string, now: string) =>
  `ceil(extract(epoch FROM ${debt} - ${now}) * 1000 / ${limits}.recovery_ms) - ${limits}.burst`

// From 2 to the 40th on, every delay is longer than any recovery. Without the limit, the power would overflow.
const closedAfter = (debt: string, limits: string, now: string) =>
  `${now} + ${
    milliseconds(
      `least(${limits}.delay_ms * power(2::float8, least(greatest(${excess(debt, limits, now)}, 0), 40)::float8),
        ${limits}.recovery_ms)`
    )
  }`

/** The row of a budget that has no row yet. */
const firstCount = (limits: string, now: string) =>
  `${limits}.key, ${limits}.burst, ${limits}.delay_ms, ${limits}.recovery_ms, ${debtAfter(now, limits)},
      ${closedAfter(debtAfter(now, limits), limits, now)}, ${roundedUp(debtAfter(now, limits))}`

/** The debt of a row `b` with one more attempt. */
const furtherDebt = (now: string) => debtAfter(`greatest(b.debt_until, ${now})`, "excluded")

/** Counts one more attempt in a row `b`. `debtUntil` is NULL where that must not happen. */
const furtherCount = (debtUntil: string, now: string) =>
  `burst = excluded.burst,
      delay_ms = excluded.delay_ms,
      recovery_ms = excluded.recovery_ms,
      debt_until = ${debtUntil},
      closed_until = ${closedAfter(furtherDebt(now), "excluded", now)},
      expires_at = ${roundedUp(furtherDebt(now))}`

const COLUMNS = "key, burst, delay_ms, recovery_ms, debt_until, closed_until, expires_at"

/** A budget, and the condition under which it counts. */
export interface AskedBudget {
  readonly budget: GuessBudget
  readonly digest: string
  /**
   * `open` and `kept` count if that part of the shared budget applies. `from` notes the newcomer; its budget refuses
   * nothing.
   */
  readonly part: "always" | "from" | "kept" | "open"
}

interface Reservation {
  readonly now: DateTime.Utc
  readonly asked: ReadonlyArray<AskedBudget>
}

const toJson = ({ asked }: Reservation): string =>
  JSON.stringify(asked.map(({ budget, digest, part }) => ({
    key: digest,
    part,
    burst: budget.burst,
    delay_ms: Duration.toMillis(budget.delay),
    recovery_ms: Duration.toMillis(budget.recovery)
  })))

/**
 * The parts that count an attempt against all of its budgets, or find those that refuse it. The last one, `admission`,
 * has the result, never without a row. Rows of a refusal have `counted` false. A newcomer has a row only if they were
 * new.
 *
 * `used_up` is what this statement sees at its start. Before it writes a row, somebody else may use the budget up, or
 * come from the same network as a newcomer. Then the debt becomes NULL, the whole statement fails with 23502, and
 * nothing of it happened. Repeated, it sees the reason. Rows are written in the order of their keys, so that no two
 * statements wait for each other.
 */
const counting = ($: Placeholders<Reservation>): string => {
  const now = `${$(({ now }) => DateTime.toDateUtc(now))}::timestamptz`
  const from = `${$(({ asked }) => asked.find(({ part }) => part === "from")?.digest)}::text`
  return `
  asked AS (
    SELECT key, part, burst, delay_ms, recovery_ms
    FROM json_to_recordset(${$(toJson)}::json)
      AS q(key text, part text, burst integer, delay_ms bigint, recovery_ms bigint)
  ), used_up AS (
    SELECT a.key, a.part, b.closed_until FROM asked a JOIN attempt_budgets b ON b.key = a.key
    WHERE ${isUsedUp("b", "a", now)}
  ), applying AS (
    SELECT CASE WHEN ${from} IS NOT NULL AND EXISTS (SELECT FROM used_up WHERE part = 'open')
      AND NOT EXISTS (SELECT FROM used_up WHERE part = 'from') THEN 'kept' ELSE 'open' END AS part
  ), refusing AS (
    SELECT u.key, u.closed_until FROM used_up u, applying p WHERE u.part IN ('always', p.part)
  ), counted AS (
    INSERT INTO attempt_budgets AS b (${COLUMNS})
    SELECT ${firstCount("a", now)} FROM asked a, applying p
    WHERE a.part IN ('always', 'from', p.part) AND NOT EXISTS (SELECT FROM refusing) ORDER BY a.key
    ON CONFLICT (key) DO UPDATE SET ${
    furtherCount(
      `CASE
        WHEN b.key = ${from} AND b.debt_until > ${now} AND (SELECT part FROM applying) = 'kept' THEN NULL
        WHEN b.key = ${from} THEN greatest(b.debt_until, excluded.debt_until)
        WHEN ${isUsedUp("b", "excluded", now)} THEN NULL
        ELSE ${furtherDebt(now)} END`,
      now
    )
  }
    RETURNING b.key, b.closed_until, ${excess("b.debt_until", "b", now)} >= 0 AS uses_up
  ), admission AS (
    SELECT key, true AS counted, uses_up, closed_until FROM counted
    WHERE key IS DISTINCT FROM ${from} OR NOT EXISTS (SELECT FROM used_up WHERE part = 'from')
    UNION ALL SELECT key, false, true, closed_until FROM refusing
  )`
}

export const reserve = statement<Reservation>(($) => `WITH ${counting($)} SELECT * FROM admission`)

/** Each row also has the account of an email. */
export const selectForAttempt = statement<Reservation & { readonly email: EmailKey }>(($) => `
  WITH ${counting($)}
  SELECT * FROM admission LEFT JOIN (${accountOfEmail($.of(({ email }) => email))}) AS person ON true`)

type Settled = PassedAttempt | undefined

const settledAt = (attempt: Settled) => attempt && DateTime.toDateUtc(attempt.now)

/** The part `spent`, with a row if the budget of successes is used up: the instant until which it is. */
export const spentSuccesses = ($: Placeholders<Settled>): string => {
  const successes = $.of((attempt) => attempt?.successes)
  return `successes AS (
    SELECT ${successes((budget) => budget && budgetDigest(budget.key))}::text AS key,
      ${successes((budget) => budget?.burst)}::int AS burst,
      ${successes((budget) => budget && Duration.toMillis(budget.delay))}::bigint AS delay_ms,
      ${successes((budget) => budget && Duration.toMillis(budget.recovery))}::bigint AS recovery_ms
  ), spent AS (
    SELECT b.closed_until FROM successes q JOIN attempt_budgets b ON b.key = q.key
    WHERE ${isUsedUp("b", "q", `${$(settledAt)}::timestamptz`)}
  )`
}

/** The column that a statement with this part has to select. */
export const spentUntil = "(SELECT closed_until FROM spent) AS spent_until"

const digests = (keys: ReadonlyArray<string> = []) => keys.map(budgetDigest)

/**
 * The parts `reserved`, `settled` and `succeeded` of a statement, which settle an attempt that passed: they forget all
 * attempts in some budgets and one in others, and count the success. They do so if `condition` holds. Without an
 * attempt they touch no row. Rows are locked in the order of their keys first. If somebody else uses the successes up
 * meanwhile, the statement fails as `reserve` does.
 */
export const settleIf = (condition: string, $: Placeholders<Settled>): string => {
  const now = `${$(settledAt)}::timestamptz`
  const forgetsAll = `${$((attempt) => digests(attempt?.reservation.forgetsAll))}::text[]`
  const forgetsOne = `${$((attempt) => digests(attempt?.reservation.forgetsOne))}::text[]`
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
  ), succeeded AS (
    INSERT INTO attempt_budgets AS b (${COLUMNS})
    SELECT ${firstCount("q", now)} FROM successes q WHERE q.key IS NOT NULL AND ${condition}
    ON CONFLICT (key) DO UPDATE SET ${
    furtherCount(`CASE WHEN ${isUsedUp("b", "excluded", now)} THEN NULL ELSE ${furtherDebt(now)} END`, now)
  }
  )`
}

export const settle = statement<PassedAttempt>(($) => `
  WITH ${spentSuccesses($)}, ${settleIf("NOT EXISTS (SELECT FROM spent)", $)}
  SELECT ${spentUntil}, (SELECT count(*) FROM settled) AS settled`)

/** `not_null_violation`, which counting causes when somebody else has used a budget up meanwhile. */
const USED_UP_MEANWHILE = "23502"

/**
 * Repeats a statement when somebody else was admitted meanwhile. That ends soon, because a budget admits a limited
 * number.
 */
export const untilCounted = <A, R>(effect: Effect.Effect<A, SqlError, R>): Effect.Effect<A, SqlError, R> =>
  Effect.retry(effect, { while: (error) => failureCode(error) === USED_UP_MEANWHILE, times: 12 })
