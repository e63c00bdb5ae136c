import { DateTime, identity } from "effect"
import type { ApiKey, ApiKeyId } from "../../../domain/model/ApiKey.ts"
import { ApiKeyStore } from "../../../ports/ApiKeyStore.ts"
import type { ApiKeyRoll } from "../../../ports/ApiKeyStore.ts"
import type { UnconditionalCommit } from "../../../ports/Commit.ts"
import { columnNames, columnValues, selectedColumns } from "../columns.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { commitIf, committed } from "../ledger/CommitStatements.ts"
import { changingOne, executing, findingOne, statement } from "../statement.ts"
import { apiKeyTable } from "../tables.ts"

export const make = ({ read, run }: PostgresClient["Service"]): ApiKeyStore["Service"] =>
  ApiKeyStore.of({
    insert: (input) => run("ApiKeyStore.insert", executing(insertKey, input)),

    find: (id) => read("ApiKeyStore.find", findingOne(selectKey, id, apiKeyTable.read)),

    roll: (input) => run("ApiKeyStore.roll", findingOne(rollKey, input, apiKeyTable.read)),

    noteUse: (input) => run("ApiKeyStore.noteUse", executing(touchKey, input)),

    remove: (input) => run("ApiKeyStore.remove", changingOne(deleteKey, input))
  })

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
