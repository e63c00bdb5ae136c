import { DateTime, Effect, Result } from "effect"
import { emailKey } from "../../domain/model/Email.ts"
import { EmailAlreadyExists, RequestInProgress } from "../../domain/model/IdentityErrors.ts"
import type { IdentityStore } from "../../ports/IdentityStore.ts"
import { eventParameters, recorded, recordIf } from "./AuditStatements.ts"
import type { Connection } from "./PostgresClient.ts"
import { completeIf, completionParameters, ownedRequest } from "./RequestStatements.ts"
import { toInsertion } from "./rows.ts"

type NewAccount = Parameters<IdentityStore["Service"]["insertAccount"]>[0]

/** One statement: the claim decides, and everything else follows from it. */
export const insertAccount = Effect.fnUntraced(
  function*(connection: Connection, { account, audit, completes, passwordHash }: NewAccount) {
    const { rows: [row] } = yield* connection.query(completes === undefined ? claimAndInsert : claimInsertAndComplete, [
      account.id,
      emailKey(account.email),
      account.email,
      account.emailVerified,
      passwordHash,
      account.displayName,
      account.status,
      account.version,
      account.sessionEpoch,
      DateTime.toDateUtc(account.createdAt),
      DateTime.toDateUtc(account.updatedAt),
      ...eventParameters(audit),
      ...(completes === undefined ? [] : completionParameters(completes))
    ])
    const { inserted, owned } = yield* toInsertion(row)
    if (inserted === 1) return Result.void
    return Result.fail(owned ? new EmailAlreadyExists() : new RequestInProgress())
  }
)

const insertFrom = `
    INSERT INTO accounts (id, email_key, email, email_verified, password_hash, display_name, status, version,
      session_epoch, created_at, updated_at)
    SELECT account_id, email_key, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM claim
    RETURNING id`

const claimAndInsert = `
  WITH claim AS (
    INSERT INTO account_emails (account_id, email_key) VALUES ($1, $2)
    ON CONFLICT (email_key) DO NOTHING
    RETURNING account_id, email_key
  ), inserted AS (${insertFrom}
  ), ${recordIf("inserted", 12)}
  SELECT ${recorded}, (SELECT count(*) FROM inserted)::int AS inserted, true AS owned, 0 AS session_count`

const claimInsertAndComplete = `
  WITH ${ownedRequest(23)}, claim AS (
    INSERT INTO account_emails (account_id, email_key) SELECT $1, $2 FROM owned
    ON CONFLICT (email_key) DO NOTHING
    RETURNING account_id, email_key
  ), inserted AS (${insertFrom}
  ), ${completeIf("inserted", 23)}, ${recordIf("inserted", 12)}
  SELECT ${recorded}, (SELECT count(*) FROM inserted)::int AS inserted, EXISTS (SELECT FROM owned) AS owned, 0 AS session_count`
