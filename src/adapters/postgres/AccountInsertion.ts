import { Effect, Result } from "effect"
import { emailKey } from "../../domain/model/Email.ts"
import { EmailAlreadyExists, RequestInProgress } from "../../domain/model/IdentityErrors.ts"
import type { IdentityStore, RequestCompletion } from "../../ports/IdentityStore.ts"
import { recorded, recordIf } from "./AuditStatements.ts"
import { columnNames, columnValues } from "./columns.ts"
import type { Connection } from "./PostgresClient.ts"
import { completeIf, ownedRequest } from "./RequestStatements.ts"
import { toInsertion } from "./rows.ts"
import { execute, statement } from "./statement.ts"
import type { Placeholders } from "./statement.ts"
import { accountTable } from "./tables.ts"

type NewAccount = Parameters<IdentityStore["Service"]["insertAccount"]>[0]

/** One statement: the claim decides, and everything else follows from it. */
export const insertAccount = Effect.fnUntraced(function*(connection: Connection, input: NewAccount) {
  const { completes } = input
  const { rows: [row] } = yield* completes === undefined
    ? execute(connection, claimAndInsert, input)
    : execute(connection, claimInsertAndComplete, { ...input, completes })
  const { inserted, owned } = yield* toInsertion(row)
  if (inserted === 1) return Result.void
  return Result.fail(owned ? new EmailAlreadyExists() : new RequestInProgress())
})

const accountId = ({ account }: NewAccount) => account.id

const claimFrom = (source: string, $: Placeholders<NewAccount>) =>
  `claim AS (
    INSERT INTO account_emails (account_id, email_key)
    SELECT ${$(accountId)}, ${$(({ account }) => emailKey(account.email))} ${source}
    ON CONFLICT (email_key) DO NOTHING
    RETURNING email_key
  )`

const insertClaimed = ($: Placeholders<NewAccount>) =>
  `inserted AS (
    INSERT INTO accounts (email_key, password_hash, ${columnNames(accountTable)})
    SELECT email_key, ${$(({ passwordHash }) => passwordHash)},
      ${columnValues(accountTable, $.of(({ account }) => account))}
    FROM claim
    RETURNING id
  )`

const record = ($: Placeholders<NewAccount>) => recordIf("inserted", $.of(({ audit }) => audit))

const claimAndInsert = statement<NewAccount>(($) => `
  WITH ${claimFrom("", $)}, ${insertClaimed($)}, ${record($)}
  SELECT ${recorded}, (SELECT count(*) FROM inserted)::int AS inserted, true AS owned, 0 AS session_count`)

const claimInsertAndComplete = statement<NewAccount & { readonly completes: RequestCompletion }>(($) => {
  const completes = $.of((input) => input.completes)
  return `
  WITH ${ownedRequest(completes)}, ${claimFrom("FROM owned", $)}, ${insertClaimed($)},
    ${completeIf("inserted", completes)}, ${record($)}
  SELECT ${recorded}, (SELECT count(*) FROM inserted)::int AS inserted, EXISTS (SELECT FROM owned) AS owned, 0 AS session_count`
})
