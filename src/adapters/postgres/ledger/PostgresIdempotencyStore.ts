/**
 * Idempotent requests on Postgres: the primary key decides who claims a key.
 */
import type { Row } from "@effect/sql-pg/PgConnection"
import { DateTime, Effect, Schema } from "effect"
import { IdempotencyStore } from "../../../ports/IdempotencyStore.ts"
import type { RequestClaim } from "../../../ports/IdempotencyStore.ts"
import type { Connection } from "../connection/Connection.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { reader } from "../rows.ts"
import { execute, executing, statement } from "../statement.ts"

export const make = ({ run }: PostgresClient["Service"]): IdempotencyStore["Service"] =>
  IdempotencyStore.of({
    claim: (input) => run("IdempotencyStore.claim", (connection) => claim(connection, input)),
    release: (input) => run("IdempotencyStore.release", executing(deleteClaim, input))
  })

type Input<Operation extends keyof IdempotencyStore["Service"]> = Parameters<IdempotencyStore["Service"][Operation]>[0]

// If a record is released or pruned between two statements, neither a claim nor a record is found. The other request
// was then still running when this claim was made.
const claim = Effect.fnUntraced(function*(connection: Connection, input: Input<"claim">) {
  const find = execute(connection, selectRecord, input)
  const { rows: [record] } = yield* find
  if (record !== undefined) return toClaim(record)
  const { rowCount } = yield* execute(connection, upsertClaim, input)
  if (rowCount === 1) return { _tag: "Claimed" as const }
  // The owner was faster, with another claim or with the effect of this one.
  const { rows: [winner] } = yield* find
  return winner === undefined ? { _tag: "Running" as const } : toClaim(winner)
})

const now = (input: Input<"claim">) => DateTime.toDateUtc(input.now)

const abandoned = (input: Input<"claim">) => input.abandoned ?? []

const selectRecord = statement<Input<"claim">>(($) => `
  SELECT key, fingerprint, answer FROM idempotency_keys
  WHERE key = ${$(({ key }) => key)} AND expires_at > ${$(now)}
    AND (answer IS NOT NULL OR (claimed_until > ${$(now)} AND owner <> ALL (${$(abandoned)}::text[])))`)

// A running statement of the former owner either holds the row's lock, or finds that the row has another owner.
const upsertClaim = statement<Input<"claim">>(($) => {
  const key = $((input) => input.key)
  const owner = $((input) => input.owner)
  const fingerprint = $((input) => input.fingerprint)
  const claimedUntil = $((input) => DateTime.toDateUtc(input.claimedUntil))
  const expiresAt = $((input) => DateTime.toDateUtc(input.expiresAt))
  return `
  INSERT INTO idempotency_keys AS known (key, owner, fingerprint, claimed_until, expires_at)
  VALUES (${key}, ${owner}, ${fingerprint}, ${claimedUntil}, ${expiresAt})
  ON CONFLICT (key) DO UPDATE SET owner = ${owner}, fingerprint = ${fingerprint}, claimed_until = ${claimedUntil},
    expires_at = ${expiresAt}, answer = NULL
  WHERE known.expires_at <= ${$(now)}
    OR (known.answer IS NULL AND (known.claimed_until <= ${$(now)} OR known.owner = ANY (${$(abandoned)}::text[])))`
})

const deleteClaim = statement<Input<"release">>(($) => `
  DELETE FROM idempotency_keys
  WHERE key = ${$(({ key }) => key)} AND owner = ${$(({ owner }) => owner)} AND answer IS NULL`)

const readRecord = reader(
  "idempotency_keys",
  "key",
  Schema.Struct({ fingerprint: Schema.String, answer: Schema.NullOr(Schema.String) })
)

const toClaim = (row: Row): RequestClaim => {
  const { answer, fingerprint } = readRecord(row)
  return answer === null ? { _tag: "Running" } : { _tag: "Done", fingerprint, answer }
}
