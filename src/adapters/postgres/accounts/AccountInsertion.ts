import { Effect, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { emailKey } from "../../../domain/model/Email.ts"
import { EmailAlreadyExists, PreconditionFailed, RequestInProgress } from "../../../domain/model/IdentityErrors.ts"
import type { AccountInsertion } from "../../../ports/AccountStore.ts"
import { endAnswered } from "../challenges/AnsweredChallenges.ts"
import { columnNames, columnValues } from "../columns.ts"
import type { Connection } from "../connection/Connection.ts"
import { conditionalCommitIf, conditionsOf, outcome, permitted } from "../ledger/CommitStatements.ts"
import { toInsertion } from "../rows.ts"
import { insertSession } from "../sessions/SessionInsertion.ts"
import { execute, statement } from "../statement.ts"
import { accountTable } from "../tables.ts"

/** In one statement: the claim decides whether everything else happens. */
export const insertAccount = Effect.fnUntraced(function*(connection: Connection, input: AccountInsertion) {
  const insert = input.commit.request === undefined ? insertAlone : insertForRequest
  const { rows: [row] } = yield* execute(connection, insert, input)
  const { inserted, owned } = toInsertion(row)
  if (inserted === 1) return Result.void
  return Result.fail(owned ? new EmailAlreadyExists() : new RequestInProgress())
})

/** The same with the challenge that it answers and the session that it starts. Has to run in a transaction. */
export const insertWithMore = Effect.fnUntraced(
  function*(connection: Connection, input: AccountInsertion): Effect.fn.Return<
    Result.Result<void, EmailAlreadyExists | PreconditionFailed | RequestInProgress>,
    SqlError
  > {
    const wasLive = yield* endAnswered(connection, input.commit.answers)
    if (!wasLive) return Result.fail(new PreconditionFailed())
    const inserted = yield* insertAccount(connection, input)
    if (Result.isSuccess(inserted) && input.startSession !== undefined) {
      yield* insertSession(connection, input.startSession)
    }
    return inserted
  }
)

const accountId = ({ account }: AccountInsertion) => account.id

const insertion = (request: boolean) =>
  statement<AccountInsertion>(($) => {
    const commit = $.of((input) => input.commit)
    const emailClaimed = $(({ account }) => emailKey(account.email))
    return `
  WITH ${conditionsOf({ request }, commit)}, claim AS (
    INSERT INTO account_emails (account_id, email_key) SELECT ${$(accountId)}, ${emailClaimed} WHERE ${permitted}
    ON CONFLICT (email_key) DO NOTHING
    RETURNING email_key
  ), inserted AS (
    INSERT INTO accounts (email_key, password_hash, ${columnNames(accountTable)})
    SELECT email_key, ${$(({ passwordHash }) => passwordHash)},
      ${columnValues(accountTable, $.of(({ account }) => account))}
    FROM claim
    RETURNING id
  ), ${conditionalCommitIf("inserted", { request }, commit)}
  SELECT ${outcome}, (SELECT count(*) FROM inserted)::int AS inserted, 0 AS session_count`
  })

const insertAlone = insertion(false)
const insertForRequest = insertion(true)
