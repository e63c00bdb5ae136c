import { DateTime, Effect, Option, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { RequestInProgress } from "../../domain/model/IdentityErrors.ts"
import { SESSIONS_COUNTED_MAX } from "../../domain/model/Session.ts"
import type { SuccessesUsedUp } from "../../ports/AttemptThrottle.ts"
import type { SessionInsertion } from "../../ports/IdentityStore.ts"
import { settleIf, settlementParameters, spentSuccesses, spentUntil, untilCounted } from "./AttemptStatements.ts"
import { eventParameters, recorded, recordIf } from "./AuditStatements.ts"
import type { Connection } from "./PostgresClient.ts"
import { completeIf, completionParameters, ownedRequest } from "./RequestStatements.ts"
import { toInsertion, toSuccess } from "./rows.ts"

export const insertSession = Effect.fnUntraced(
  function*(
    connection: Connection,
    { audit, completes, passes, session }: SessionInsertion
  ): Effect.fn.Return<Result.Result<Option.Option<number>, RequestInProgress | SuccessesUsedUp>, SqlError> {
    const { rows: [row] } = yield* connection.query(
      completes === undefined ? insertIfCurrent : insertIfCurrentAndComplete,
      [
        session.id,
        session.accountId,
        session.epoch,
        DateTime.toDateUtc(session.createdAt),
        DateTime.toDateUtc(session.lastUsedAt),
        DateTime.toDateUtc(session.authenticatedAt),
        DateTime.toDateUtc(session.expiresAt),
        session.userAgent,
        session.ipAddress,
        ...eventParameters(audit),
        ...settlementParameters(passes),
        ...(completes === undefined ? [] : completionParameters(completes))
      ]
    )
    const { inserted, owned, session_count } = yield* toInsertion(row)
    if (!owned) return Result.fail(new RequestInProgress())
    if (inserted === 1) return Result.succeed(Option.some(session_count))
    return Result.map(yield* toSuccess(row), () => Option.none())
  },
  untilCounted
)

// Takes no lock on the account. Should its epoch move on meanwhile, the session is saved dead.
const insertFor = (condition: string) =>
  `inserted AS (
    INSERT INTO sessions (id, account_id, epoch, created_at, last_used_at, authenticated_at, expires_at,
      expires_not_before, user_agent, ip_address)
    SELECT $1, a.id, a.session_epoch, $4, $5, $6, $7, $7, $8, $9
    FROM accounts a WHERE a.id = $2 AND a.session_epoch = $3 AND a.status = 'active'
      AND NOT EXISTS (SELECT FROM spent) ${condition}
    RETURNING id
  )`

// The statement does not see its own row, hence the 1 that is added.
const countLive = `(
    SELECT count(*)::int + 1 FROM (
      SELECT s.expires_at FROM sessions s WHERE s.account_id = $2 AND s.epoch = $3
      ORDER BY s.created_at DESC, s.id DESC LIMIT ${SESSIONS_COUNTED_MAX - 1}
    ) before
    WHERE expires_at > $4
  ) AS session_count`

const passAttempt = settleIf("EXISTS (SELECT FROM inserted)", 21)

const insertIfCurrent = `
  WITH ${spentSuccesses(21)}, ${insertFor("")}, ${recordIf("inserted", 10)}, ${passAttempt}
  SELECT ${recorded}, ${spentUntil}, (SELECT count(*) FROM inserted)::int AS inserted, true AS owned, ${countLive}`

const insertIfCurrentAndComplete = `
  WITH ${spentSuccesses(21)}, ${ownedRequest(28)}, ${insertFor("AND EXISTS (SELECT FROM owned)")}, ${
  completeIf("inserted", 28)
},
    ${recordIf("inserted", 10)}, ${passAttempt}
  SELECT ${recorded}, ${spentUntil}, (SELECT count(*) FROM inserted)::int AS inserted, EXISTS (SELECT FROM owned) AS owned, ${countLive}`
