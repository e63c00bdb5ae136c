import { DateTime, Effect, identity, Option } from "effect"
import type { ApiKey, ApiKeyId } from "../../../domain/model/ApiKey.ts"
import { ApiKeyStore } from "../../../ports/ApiKeyStore.ts"
import type { ApiKeyRoll } from "../../../ports/ApiKeyStore.ts"
import type { UnconditionalCommit } from "../../../ports/Commit.ts"
import { columnNames, columnValues, selectedColumns } from "../columns.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { commitIf, committed } from "../ledger/CommitStatements.ts"
import { execute, statement } from "../statement.ts"
import type { Statement } from "../statement.ts"
import { apiKeyTable } from "../tables.ts"

export const make = ({ read, run }: PostgresClient["Service"]): ApiKeyStore["Service"] => {
  const keyBy = <I>(what: Statement<I>, input: I) => (connection: Parameters<typeof execute>[0]) =>
    Effect.map(
      execute(connection, what, input),
      ({ rows: [row] }) => row === undefined ? Option.none() : Option.some(apiKeyTable.read(row))
    )

  return ApiKeyStore.of({
    insert: (input) => run("ApiKeyStore.insert", (connection) => Effect.asVoid(execute(connection, insertKey, input))),

    find: (id) => read("ApiKeyStore.find", keyBy(selectKey, id)),

    roll: (input) => run("ApiKeyStore.roll", keyBy(rollKey, input)),

    noteUse: (input) => run("ApiKeyStore.noteUse", (connection) => Effect.asVoid(execute(connection, touchKey, input))),

    remove: (input) =>
      run(
        "ApiKeyStore.remove",
        (connection) => Effect.map(execute(connection, deleteKey, input), ({ rows }) => rows.length > 0)
      )
  })
}

type Input<Operation extends "insert" | "noteUse" | "remove"> = Parameters<ApiKeyStore["Service"][Operation]>[0]

const columns = selectedColumns(apiKeyTable, "k")

const commitOf = ({ commit }: { readonly commit: UnconditionalCommit }) => commit

const insertKey = statement<Input<"insert">>(($) => `
  WITH inserted AS (
    INSERT INTO api_keys (${columnNames(apiKeyTable)})
    VALUES (${columnValues(apiKeyTable, $.of(({ apiKey }): ApiKey => apiKey))}) RETURNING id
  ), ${commitIf("inserted", $.of(commitOf))}
  SELECT ${committed} FROM inserted`)

const selectKey = statement<ApiKeyId>(($) => `SELECT ${columns} FROM api_keys k WHERE id = ${$(identity)}`)

const rollKey = statement<ApiKeyRoll>(($) => `
  WITH rolled AS (
    UPDATE api_keys SET previous_digest = digest, previous_until = ${
  $(({ previousUntil }) => DateTime.toDateUtc(previousUntil))
}, digest = ${$(({ digest }) => digest)}, issued_at = ${$(({ issuedAt }) => DateTime.toDateUtc(issuedAt))},
      expires_at = ${$(({ expiresAt }) => DateTime.toDateUtc(expiresAt))}
    WHERE id = ${$(({ id }) => id)} RETURNING *
  ), ${commitIf("rolled", $.of(commitOf))}
  SELECT ${columns}, ${committed} FROM rolled k`)

const touchKey = statement<Input<"noteUse">>(($) => `
  UPDATE api_keys SET last_used_at = ${$(({ lastUsedAt }) => DateTime.toDateUtc(lastUsedAt))}
  WHERE id = ${$(({ id }) => id)} AND (last_used_at IS NULL OR last_used_at <= ${
  $(({ unlessUsedSince }) => DateTime.toDateUtc(unlessUsedSince))
})`)

const deleteKey = statement<Input<"remove">>(($) => `
  WITH removed AS (
    DELETE FROM api_keys WHERE id = ${$(({ id }) => id)} RETURNING id
  ), ${commitIf("removed", $.of(commitOf))}
  SELECT ${committed} FROM removed`)
