/**
 * Budgets of attempts on Postgres: one row each, and the database decides every race for them.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Array, DateTime, Duration, Effect, Layer, Order, Schema } from "effect"
import { AttemptThrottle } from "../../ports/AttemptThrottle.ts"
import type { AttemptAdmission, AttemptBudget, AttemptRequest } from "../../ports/AttemptThrottle.ts"
import { budgetDigest, deleteExpired, reserve, settle, settlementParameters } from "./AttemptStatements.ts"
import { PostgresClient } from "./PostgresClient.ts"
import type { Connection } from "./PostgresClient.ts"
import { reader } from "./rows.ts"
import { failureCode } from "./StoreFailure.ts"

export const layer: Layer.Layer<AttemptThrottle, never, PostgresClient> = Layer.effect(
  AttemptThrottle,
  Effect.map(PostgresClient, ({ run }) =>
    AttemptThrottle.of({
      reserve: (request) => run("AttemptThrottle.reserve", (connection) => reserveAll(connection, request)),

      pass: (attempt) =>
        run("AttemptThrottle.pass", (connection) =>
          Effect.asVoid(connection.query(settle, settlementParameters(attempt)))),

      giveBack: ({ now, reservation }) =>
        run("AttemptThrottle.giveBack", (connection) =>
          Effect.asVoid(connection.query(settle, [
            DateTime.toDateUtc(now),
            undefined,
            undefined,
            [reservation.origin, ...reservation.others].map(budgetDigest)
          ]))),

      prune: ({ limit, now }) =>
        run("AttemptThrottle.prune", (connection) =>
          Effect.map(connection.query(deleteExpired, [DateTime.toDateUtc(now), limit]), ({ rowCount }) =>
            rowCount))
    }))
)

const reserveAll = Effect.fnUntraced(
  function*(connection: Connection, { known, now, origin, unknown }: AttemptRequest) {
    const budgets = [...named("any", [origin]), ...named("known", known), ...named("unknown", unknown)]
    const { rows } = yield* connection.query(reserve, [
      DateTime.toDateUtc(now),
      budgetDigest(origin.key),
      JSON.stringify(budgets.map(({ budget, condition, digest }) => ({
        key: digest,
        condition,
        burst: budget.burst,
        delay_ms: Duration.toMillis(budget.delay),
        recovery_ms: Duration.toMillis(budget.recovery)
      })))
    ])
    const keys = new Map(budgets.map(({ budget, digest }) => [digest, budget.key]))
    return toAdmission(origin.key, yield* Effect.forEach(rows, (row) => toBudget(row, keys)))
  },
  // Each such failure means that somebody else was admitted meanwhile, so it can't go on for long.
  Effect.retry({ while: (error) => failureCode(error) === USED_UP_MEANWHILE, times: 12 })
)

/** `not_null_violation`, which `reserve` provokes. */
const USED_UP_MEANWHILE = "23502"

const named = (condition: "any" | "known" | "unknown", budgets: ReadonlyArray<AttemptBudget>) =>
  budgets.map((budget) => ({ condition, budget, digest: budgetDigest(budget.key) }))

interface Budget {
  readonly key: string
  readonly counted: boolean
  readonly usesUp: boolean
  readonly closedUntil: DateTime.Utc
}

const toBudget = (row: Row, keys: ReadonlyMap<string, string>): Effect.Effect<Budget> =>
  Effect.map(readBudget(row), (read) => ({
    key: keys.get(read.key) ?? read.key,
    counted: read.counted,
    usesUp: read.uses_up,
    closedUntil: read.closed_until
  }))

const readBudget = reader(
  "attempt_budgets",
  "key",
  Schema.Struct({
    key: Schema.String,
    counted: Schema.Boolean,
    uses_up: Schema.Boolean,
    closed_until: Schema.DateTimeUtcFromDate
  })
)

const toAdmission = (origin: string, budgets: ReadonlyArray<Budget>): AttemptAdmission => {
  const refusing = budgets.filter(({ counted }) => !counted)
  if (Array.isReadonlyArrayNonEmpty(refusing)) {
    const last = Array.max(refusing, byClosing)
    return { _tag: "Refused", budget: last.key, retryAt: last.closedUntil }
  }
  return {
    _tag: "Admitted",
    reservation: { origin, others: budgets.map(({ key }) => key).filter((key) => key !== origin) },
    usedUp: budgets.filter(({ usesUp }) => usesUp).map(({ key }) => key)
  }
}

const byClosing = Order.mapInput(DateTime.Order, (budget: Budget) => budget.closedUntil)
