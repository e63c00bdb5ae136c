import { DateTime, Effect, Option, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { PreconditionFailed, RequestInProgress } from "../../../domain/model/IdentityErrors.ts"
import { SESSIONS_COUNTED_MAX } from "../../../domain/model/Session.ts"
import type { Session } from "../../../domain/model/Session.ts"
import type { SuccessesUsedUp } from "../../../ports/GuessBudgets.ts"
import type { SessionInsertion } from "../../../ports/SessionStore.ts"
import { endAnswered } from "../challenges/AnsweredChallenges.ts"
import { columnNames, columnValues } from "../columns.ts"
import type { Connection } from "../connection/Connection.ts"
import { useFactor } from "../factors/FactorUses.ts"
import { untilCounted } from "../ledger/AttemptStatements.ts"
import { conditionalCommitIf, conditionsOf, outcome, permitted } from "../ledger/CommitStatements.ts"
import { toInsertion, toSuccess } from "../rows.ts"
import { execute, statement } from "../statement.ts"
import type { Placeholders } from "../statement.ts"
import { sessionTable } from "../tables.ts"

export const insertSession = Effect.fnUntraced(
  function*(
    connection: Connection,
    input: SessionInsertion
  ): Effect.fn.Return<Result.Result<Option.Option<number>, RequestInProgress | SuccessesUsedUp>, SqlError> {
    const insert = input.commit.request === undefined ? insertAlone : insertForRequest
    const { rows: [row] } = yield* execute(connection, insert, input)
    const { inserted, owned, session_count } = yield* toInsertion(row)
    if (!owned) return Result.fail(new RequestInProgress())
    if (inserted === 1) return Result.succeed(Option.some(session_count))
    return Result.map(yield* toSuccess(row), () => Option.none())
  },
  untilCounted
)

/** The account isn't active or has another epoch. */
export const NOT_SAVED = Symbol("not saved")

/** The same with what proves who the session is for. Has to run in a transaction. */
export const insertProven = Effect.fnUntraced(
  function*(connection: Connection, input: SessionInsertion): Effect.fn.Return<
    Result.Result<
      Option.Option<number>,
      PreconditionFailed | RequestInProgress | SuccessesUsedUp | typeof NOT_SAVED
    >,
    SqlError
  > {
    const { answers, uses } = input.commit
    const isProven = (yield* endAnswered(connection, answers)) && (yield* useFactor(connection, uses))
    if (!isProven) return Result.fail(new PreconditionFailed())
    const inserted = yield* insertSession(connection, input)
    return Result.isSuccess(inserted) && Option.isNone(inserted.success) ? Result.fail(NOT_SAVED) : inserted
  }
)

// Takes no lock on the account. If the epoch moves on meanwhile, the saved session is dead.
const insertIfCurrent = ($: Placeholders<Session>) =>
  `inserted AS (
    INSERT INTO sessions (${columnNames(sessionTable)}, expires_not_before)
    SELECT ${columnValues(sessionTable, $)}, ${$(({ expiresAt }) => DateTime.toDateUtc(expiresAt))}
    FROM accounts a WHERE a.id = ${$(accountId)} AND a.session_epoch = ${$(epoch)} AND a.status = 'active'
      AND ${permitted}
    RETURNING id
  )`

const accountId = (session: Session) => session.accountId
const epoch = (session: Session) => session.epoch

// The statement does not see its own row, so 1 is added.
const countLive = ($: Placeholders<Session>) =>
  `(
    SELECT count(*)::int + 1 FROM (
      SELECT s.expires_at FROM sessions s WHERE s.account_id = ${$(accountId)} AND s.epoch = ${$(epoch)}
      ORDER BY s.created_at DESC, s.id DESC LIMIT ${SESSIONS_COUNTED_MAX - 1}
    ) before
    WHERE expires_at > ${$(({ createdAt }) => DateTime.toDateUtc(createdAt))}
  ) AS session_count`

const insertion = (request: boolean) =>
  statement<SessionInsertion>(($) => {
    const commit = $.of((input) => input.commit)
    const session = $.of((input) => input.session)
    return `
  WITH ${conditionsOf({ attempt: true, request }, commit)}, ${insertIfCurrent(session)},
    ${conditionalCommitIf("inserted", { attempt: true, request }, commit)}
  SELECT ${outcome}, (SELECT count(*) FROM inserted)::int AS inserted, ${countLive(session)}`
  })

const insertAlone = insertion(false)
const insertForRequest = insertion(true)
