import { DateTime, Effect, Option, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { PreconditionFailed, RequestInProgress } from "../../../domain/model/IdentityErrors.ts"
import { SESSIONS_COUNTED_MAX } from "../../../domain/model/Session.ts"
import type { Session } from "../../../domain/model/Session.ts"
import type { SuccessesUsedUp } from "../../../ports/GuessBudgets.ts"
import type { SessionInsertion } from "../../../ports/SessionStore.ts"
import { columnNames, columnValues } from "../columns.ts"
import type { Connection } from "../connection/Connection.ts"
import { isProven } from "../factors/ProvenCommits.ts"
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
    const { commit, replaces } = input
    const insert = replaces !== undefined
      ? insertInPlace
      : commit.request === undefined
      ? insertAlone
      : insertForRequest
    const { rows: [row] } = yield* execute(connection, insert, input)
    const { inserted, owned, session_count } = toInsertion(row)
    if (!owned) return Result.fail(new RequestInProgress())
    if (inserted === 1) return Result.succeed(Option.some(session_count))
    return Result.map(toSuccess(row), () => Option.none())
  },
  untilCounted
)

/** The account isn't active or has another epoch, or the session to replace isn't live. */
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
    const proven = yield* isProven(connection, input.commit)
    if (!proven) return Result.fail(new PreconditionFailed())
    const inserted = yield* insertSession(connection, input)
    return Result.isSuccess(inserted) && Option.isNone(inserted.success) ? Result.fail(NOT_SAVED) : inserted
  }
)

// Takes no lock on the account. If the epoch moves on meanwhile, the saved session is dead.
const insertIfCurrent = ($: Placeholders<Session>, condition: string) =>
  `inserted AS (
    INSERT INTO sessions (${columnNames(sessionTable)}, expires_not_before)
    SELECT ${columnValues(sessionTable, $)}, ${$(({ expiresAt }) => DateTime.toDateUtc(expiresAt))}
    FROM accounts a WHERE a.id = ${$(accountId)} AND a.session_epoch = ${$(epoch)} AND a.status = 'active'
      AND ${permitted} ${condition}
    RETURNING id
  )`

// On the same conditions as the insertion, so that either both happen or neither.
const endReplaced = ($: Placeholders<SessionInsertion>) => {
  const session = $.of((input) => input.session)
  return `replaced AS (
    DELETE FROM sessions s USING accounts a
    WHERE s.id = ${$(({ replaces }) => replaces)} AND s.account_id = ${session(accountId)}
      AND s.expires_at > ${session(({ authenticatedAt }) => DateTime.toDateUtc(authenticatedAt))}
      AND a.id = s.account_id AND a.session_epoch <= s.epoch
      AND a.session_epoch = ${session(epoch)} AND a.status = 'active' AND ${permitted}
    RETURNING s.id
  ), `
}

const accountId = (session: Session) => session.accountId
const epoch = (session: Session) => session.epoch

// The statement does not see its own row, so that is added, but sees one that it replaces.
const countLive = ($: Placeholders<Session>, own: number) =>
  `(
    SELECT count(*)::int + ${own} FROM (
      SELECT s.expires_at FROM sessions s WHERE s.account_id = ${$(accountId)} AND s.epoch = ${$(epoch)}
      ORDER BY s.created_at DESC, s.id DESC LIMIT ${SESSIONS_COUNTED_MAX - 1}
    ) before
    WHERE expires_at > ${$(({ authenticatedAt }) => DateTime.toDateUtc(authenticatedAt))}
  ) AS session_count`

const insertion = ({ replaces, request }: { readonly replaces: boolean; readonly request: boolean }) =>
  statement<SessionInsertion>(($) => {
    const commit = $.of((input) => input.commit)
    const session = $.of((input) => input.session)
    return `
  WITH ${conditionsOf({ attempt: true, request }, commit)}, ${replaces ? endReplaced($) : ""}${
      insertIfCurrent(session, replaces ? "AND EXISTS (SELECT FROM replaced)" : "")
    },
    ${conditionalCommitIf("inserted", { attempt: true, request }, commit)}
  SELECT ${outcome}, (SELECT count(*) FROM inserted)::int AS inserted, ${countLive(session, replaces ? 0 : 1)}`
  })

const insertAlone = insertion({ replaces: false, request: false })
const insertForRequest = insertion({ replaces: false, request: true })
const insertInPlace = insertion({ replaces: true, request: false })
