/**
 * Accounts in bulk: an insertion is one statement for hundreds of accounts, a list reads a range of their ids.
 *
 * Searches are planned anew each time, because the tables grow from nothing to millions of rows while an import goes
 * on.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import * as PgTypes from "@effect/sql-pg/PgTypes"
import { Effect, Option, Result, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { AccountId } from "../../../domain/model/Account.ts"
import { EmailKey } from "../../../domain/model/Email.ts"
import { AccountNotFound } from "../../../domain/model/IdentityErrors.ts"
import type { EmailAlreadyExists, TooManyFactors } from "../../../domain/model/IdentityErrors.ts"
import { ExternalId } from "../../../domain/model/ImportRow.ts"
import { PasswordHash } from "../../../domain/model/Password.ts"
import type { ChangedAccount } from "../../../ports/AccountStore.ts"
import { AccountTransfer, KeyTaken } from "../../../ports/AccountTransfer.ts"
import type { AccountKeys, AccountMark, ImportUpdate, NewImport } from "../../../ports/AccountTransfer.ts"
import { arrayOf, columnArrays, columnNames } from "../columns.ts"
import type { Connection } from "../connection/Connection.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { failureCode } from "../connection/StoreFailure.ts"
import {
  exportedFactors,
  findFactors,
  insertFactors,
  replaceFactors,
  toExportedFactors
} from "../factors/FactorTransfer.ts"
import { recordAll } from "../ledger/AuditStatements.ts"
import { accountColumns, passwordColumns, reader } from "../rows.ts"
import { execute, executing, readingAll, statement } from "../statement.ts"
import { accountTable } from "../tables.ts"
import { changeAccount } from "./AccountChange.ts"

export const make = ({ attempt, read, run, transact }: PostgresClient["Service"]): AccountTransfer["Service"] =>
  AccountTransfer.of({
    findKnown: (keys) => transact("AccountTransfer.findKnown", (connection) => findKnown(connection, keys)),

    findFactors: (keys) => read("AccountTransfer.findFactors", findFactors(keys)),

    insertAll: (accounts) =>
      // A statement by itself needs a quarter of a transaction's round trips.
      accounts.some(({ factors }) => factors.length > 0)
        ? transact("AccountTransfer.insertAll", (connection) => insertWithFactors(connection, accounts))
        : attempt("AccountTransfer.insertAll", (connection) => insertAll(connection, accounts)),

    update: (input) => transact("AccountTransfer.update", (connection) => update(connection, input)),

    mark: (marks) => run("AccountTransfer.mark", executing(remark, marks)),

    list: (query) => read("AccountTransfer.list", readingAll(selectAfter, query, toExported))
  })

const PLAN_ANEW = "SET LOCAL plan_cache_mode = force_custom_plan"

const findKnown = Effect.fnUntraced(function*(connection: Connection, keys: AccountKeys) {
  yield* connection.query(PLAN_ANEW)
  const { rows } = yield* execute(connection, selectKnown, keys)
  return Result.succeed(rows.map(toKnown))
})

const insertAll = (
  connection: Connection,
  accounts: ReadonlyArray<NewImport>
): Effect.Effect<Result.Result<void, KeyTaken>, SqlError> =>
  execute(connection, insertion, accounts).pipe(
    Effect.as(Result.void),
    Effect.catchIf(
      (error) => failureCode(error) === DIVISION_BY_ZERO,
      () => Effect.succeed(Result.fail(new KeyTaken()))
    )
  )

const insertWithFactors = Effect.fnUntraced(
  function*(connection: Connection, accounts: ReadonlyArray<NewImport>): Effect.fn.Return<
    Result.Result<void, KeyTaken>,
    SqlError
  > {
    const inserted = yield* insertAll(connection, accounts)
    if (Result.isFailure(inserted)) return inserted
    const isWhole = yield* insertFactors(connection, accounts.flatMap(({ factors }) => factors))
    return isWhole ? inserted : Result.fail(new KeyTaken())
  }
)

const texts = (read: (it: NewImport) => string | null) => arrayOf(PgTypes.OID.text, read)
const flags = (read: (it: NewImport) => boolean) => arrayOf(PgTypes.OID.bool, read)

const RECORD = `email_key, password_hash, external_id, imported, email_proven, ${columnNames(accountTable)}`

// Arrays take less time than JSON. Claims are sorted, so that two imports of the same accounts wait for each other
// instead of blocking each other. If a key is taken, the statement divides by zero, because only an error undoes what
// it has inserted. Unlike a violated constraint, this error quotes no email in the database's log.
const insertion = statement<ReadonlyArray<NewImport>>(($) => `
  WITH given AS (
    SELECT * FROM unnest(
      ${$(texts(({ emailKey }) => emailKey))},
      ${$(texts(({ passwordHash }) => passwordHash))},
      ${$(texts(({ externalId = null }) => externalId))},
      ${$(texts(({ imported = null }) => imported))},
      ${$(flags(({ isProven }) => isProven))},
      ${columnArrays(accountTable, $, ({ account }) => account)}
    ) AS g(${RECORD})
  ), claim AS (
    INSERT INTO account_emails (email_key, account_id) SELECT email_key, id FROM given ORDER BY email_key
    ON CONFLICT DO NOTHING
    RETURNING email_key
  ), inserted AS (
    INSERT INTO accounts (${RECORD}) SELECT ${RECORD} FROM given
    ON CONFLICT DO NOTHING
    RETURNING id
  )
  SELECT 1 / CASE WHEN (SELECT count(*) FROM given) = ALL (
      ARRAY[(SELECT count(*) FROM claim), (SELECT count(*) FROM inserted)]
    ) THEN 1 ELSE 0 /* a key is taken: the error undoes all of it */ END AS whole,
    ${recordAll($.of((accounts) => accounts.map(({ audit }) => audit)))} AS recorded`)

const DIVISION_BY_ZERO = "22012"

const update = Effect.fnUntraced(function*(connection: Connection, input: ImportUpdate): Effect.fn.Return<
  Result.Result<ChangedAccount, AccountNotFound | EmailAlreadyExists | KeyTaken | TooManyFactors>,
  SqlError
> {
  const changed = yield* changeAccount(connection, input.update)
  if (Result.isFailure(changed)) {
    const { failure } = changed
    return Result.fail(failure._tag === "PreconditionFailed" ? new AccountNotFound() : failure)
  }
  const { rowCount } = yield* execute(connection, mark, input)
  if (rowCount === 0) return Result.fail(new KeyTaken())
  const replaced = yield* replaceFactors(connection, { ...input, accountId: input.update.id })
  return Result.map(replaced, () => changed.success)
})

const mark = statement<ImportUpdate>(($) => {
  const id = $(({ update }) => update.id)
  const externalId = $((input) => input.externalId)
  return `
  UPDATE accounts SET external_id = coalesce(${externalId}, external_id), imported = ${$(({ imported }) => imported)}
  WHERE id = ${id} AND NOT EXISTS (SELECT FROM accounts o WHERE o.external_id = ${externalId} AND o.id <> ${id})`
})

const remark = statement<ReadonlyArray<AccountMark>>(($) => `
  UPDATE accounts a SET imported = m.imported
  FROM json_to_recordset(${$((marks) => JSON.stringify(marks))}::json) AS m(id text, imported text)
  WHERE a.id = m.id`)

const selectKnown = statement<AccountKeys>(($) => `
  SELECT ${accountColumns}, a.password_hash, a.email_key, a.external_id, a.imported FROM accounts a WHERE a.id IN (
    SELECT unnest(${$(({ ids }) => ids)}::text[])
    UNION SELECT x.id FROM accounts x WHERE x.external_id = ANY (${$(({ externalIds }) => externalIds)}::text[])
    UNION SELECT e.account_id FROM account_emails e
      WHERE e.email_key = ANY (${$(({ emailKeys }) => emailKeys)}::text[])
  )`)

interface AfterQuery {
  readonly limit: number
  readonly after: Option.Option<AccountId>
}

const selectAfter = statement<AfterQuery>(($) => `
  SELECT ${passwordColumns}, ${accountColumns}, a.external_id, ${exportedFactors("a.id")} AS factors
  FROM accounts a WHERE a.id > ${$(({ after }) => Option.getOrElse(after, () => ""))}
  ORDER BY a.id LIMIT ${$(({ limit }) => limit)}`)

const readKnown = reader(
  "accounts",
  "account_id",
  Schema.Struct({
    password_hash: PasswordHash,
    email_key: EmailKey,
    external_id: Schema.NullOr(ExternalId),
    imported: Schema.NullOr(Schema.String)
  })
)

const toKnown = (row: Row) => {
  const { email_key, external_id, imported, password_hash } = readKnown(row)
  return {
    account: accountTable.read(row),
    passwordHash: password_hash,
    emailKey: email_key,
    externalId: external_id ?? undefined,
    imported: imported ?? undefined
  }
}

const readExported = reader(
  "accounts",
  "account_id",
  Schema.Struct({
    password_hash: PasswordHash,
    is_proven: Schema.Boolean,
    external_id: Schema.NullOr(ExternalId)
  })
)

const toExported = (row: Row) => {
  const { external_id, is_proven, password_hash } = readExported(row)
  return {
    account: accountTable.read(row),
    passwordHash: password_hash,
    isProven: is_proven,
    externalId: external_id ?? undefined,
    factors: toExportedFactors(row["factors"])
  }
}
