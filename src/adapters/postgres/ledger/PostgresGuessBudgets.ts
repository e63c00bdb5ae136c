/**
 * Guess budgets on Postgres: one row each. The database decides every race for them.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { Array, DateTime, Effect, Option, Order, Schema } from "effect"
import type { EmailKey } from "../../../domain/model/Email.ts"
import { GuessBudgets } from "../../../ports/GuessBudgets.ts"
import type {
  AttemptAdmission,
  AttemptRequest,
  AttemptReservation,
  GuessBudget,
  PassedAttempt
} from "../../../ports/GuessBudgets.ts"
import type { Connection } from "../connection/Connection.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { reader, toAccountOfEmail, toSuccess } from "../rows.ts"
import { execute, executing, readingOne } from "../statement.ts"
import { budgetDigest, reserve, selectForAttempt, settle, untilCounted } from "./AttemptStatements.ts"
import type { AskedBudget } from "./AttemptStatements.ts"

export const make = ({ attempt, run }: PostgresClient["Service"]): GuessBudgets["Service"] =>
  GuessBudgets.of({
    reserve: (request) => run("GuessBudgets.reserve", (connection) => reserveAll(connection, request)),

    pass: (passed) => attempt("GuessBudgets.pass", (connection) => passOne(connection, passed)),

    giveBack: ({ now, reservation }) =>
      run("GuessBudgets.giveBack", executing(settle, { now, reservation: onePerBudget(reservation) }))
  })

const reserveAll = Effect.fnUntraced(
  function*(connection: Connection, request: AttemptRequest) {
    const asked = askedOf(request)
    const { rows } = yield* execute(connection, reserve, { now: request.now, asked })
    return toAdmission(asked, rows)
  },
  untilCounted
)

export const findForAttempt = Effect.fnUntraced(
  function*(connection: Connection, email: EmailKey, request: AttemptRequest) {
    const asked = askedOf(request)
    const { rows } = yield* execute(connection, selectForAttempt, { now: request.now, asked, email })
    const [row] = rows
    const found = row === undefined || row["account_id"] === null ? Option.none() : toAccountOfEmail(row)
    return { admission: toAdmission(asked, rows), found }
  },
  untilCounted
)

const passOne = (connection: Connection, passed: PassedAttempt) =>
  untilCounted(readingOne(settle, passed, toSuccess)(connection))

/** All budgets of an attempt, each to forget one attempt. */
const onePerBudget = ({ forgetsAll, forgetsOne, keeps }: AttemptReservation): AttemptReservation => ({
  forgetsAll: [],
  forgetsOne: [...forgetsAll, ...forgetsOne, ...keeps],
  keeps: []
})

type Asked = Omit<AskedBudget, "digest">

const askedOf = ({ budgets, shared }: AttemptRequest): ReadonlyArray<AskedBudget> => {
  const asked: Array<Asked> = budgets.map((budget) => ({ budget, part: "always" }))
  if (shared !== undefined) {
    asked.push({ budget: shared.open, part: "open" }, { budget: shared.kept, part: "kept" })
    const { from } = shared
    if (from !== undefined) {
      const budget = { key: from.key, burst: 1, delay: from.quiet, recovery: from.quiet, onPass: "keep" as const }
      asked.push({ budget, part: "from" })
    }
  }
  return asked.map(({ budget, part }) => ({ budget, part, digest: budgetDigest(budget.key) }))
}

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

type Counted = Asked & ReturnType<typeof readBudget>

const toAdmission = (asked: ReadonlyArray<AskedBudget>, read: ReadonlyArray<Row>): AttemptAdmission => {
  const byDigest = new Map(asked.map(({ budget, digest, part }) => [digest, { budget, part }]))
  const rows = read.map(readBudget).flatMap((row): ReadonlyArray<Counted> => {
    const budget = byDigest.get(row.key)
    return budget === undefined ? [] : [{ ...row, ...budget }]
  })
  const refusing = rows.filter(({ counted }) => !counted)
  if (Array.isReadonlyArrayNonEmpty(refusing)) {
    const last = Array.max(refusing, byClosing)
    return { _tag: "Refused", budget: last.budget.key, retryAt: last.closed_until }
  }
  const keysOf = (onPass: GuessBudget["onPass"]) =>
    rows.filter(({ budget }) => budget.onPass === onPass).map(({ budget }) => budget.key)
  return {
    _tag: "Admitted",
    reservation: { forgetsAll: keysOf("forget-all"), forgetsOne: keysOf("forget-one"), keeps: keysOf("keep") },
    usedUp: rows.filter(({ part, uses_up }) => uses_up && part !== "from").map(({ budget }) => budget.key)
  }
}

const byClosing = Order.mapInput(DateTime.Order, ({ closed_until }: Counted) => closed_until)
