/**
 * Idempotent requests on Postgres: the primary key decides who claims a key.
 */
import { DateTime, Effect, Layer, Schema } from "effect"
import { IdempotencyStore } from "../../ports/IdempotencyStore.ts"
import type { RequestClaim } from "../../ports/IdempotencyStore.ts"
import { PostgresClient } from "./PostgresClient.ts"
import type { Connection } from "./PostgresClient.ts"
import { reader } from "./rows.ts"

export const layer: Layer.Layer<IdempotencyStore, never, PostgresClient> = Layer.effect(
  IdempotencyStore,
  Effect.map(PostgresClient, ({ run }) =>
    IdempotencyStore.of({
      claim: (input) => run("IdempotencyStore.claim", (connection) => claim(connection, input)),
      release: ({ key, owner }) =>
        run("IdempotencyStore.release", (connection) => Effect.asVoid(connection.query(deleteClaim, [key, owner]))),
      prune: ({ limit, now }) =>
        run("IdempotencyStore.prune", (connection) =>
          Effect.map(connection.query(deleteExpired, [DateTime.toDateUtc(now), limit]), ({ rowCount }) =>
            rowCount))
    }))
)

type ClaimInput = Parameters<IdempotencyStore["Service"]["claim"]>[0]

// A record that is released or pruned between two statements leaves neither a claim nor a record: then it was still
// running when this claim was made.
const claim = Effect.fnUntraced(function*(connection: Connection, input: ClaimInput) {
  const abandoned = input.abandoned ?? []
  const now = DateTime.toDateUtc(input.now)
  const find = connection.query(selectRecord, [input.key, now, abandoned])
  const { rows: [record] } = yield* find
  if (record !== undefined) return yield* toClaim(record)
  const { rowCount } = yield* connection.query(upsertClaim, [
    input.key,
    input.owner,
    input.fingerprint,
    DateTime.toDateUtc(input.claimedUntil),
    DateTime.toDateUtc(input.expiresAt),
    now,
    abandoned
  ])
  if (rowCount === 1) return { _tag: "Claimed" as const }
  // Its owner was faster, with another claim or with the effect of this one.
  const { rows: [winner] } = yield* find
  return winner === undefined ? { _tag: "Running" as const } : yield* toClaim(winner)
})

const selectRecord = `
  SELECT key, fingerprint, answer FROM idempotency_keys
  WHERE key = $1 AND expires_at > $2
    AND (answer IS NOT NULL OR (claimed_until > $2 AND owner <> ALL ($3::text[])))`

// A statement of the former owner that is under way holds the row, or finds that it has another owner.
const upsertClaim = `
  INSERT INTO idempotency_keys AS known (key, owner, fingerprint, claimed_until, expires_at)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (key) DO UPDATE SET owner = $2, fingerprint = $3, claimed_until = $4, expires_at = $5, answer = NULL
  WHERE known.expires_at <= $6
    OR (known.answer IS NULL AND (known.claimed_until <= $6 OR known.owner = ANY ($7::text[])))`

const deleteClaim = `DELETE FROM idempotency_keys WHERE key = $1 AND owner = $2 AND answer IS NULL`

// An array, unlike a joined subquery, never lets the planner read the whole table for an unknown limit.
const deleteExpired = `
  DELETE FROM idempotency_keys
  WHERE key = ANY (ARRAY (SELECT key FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))
    AND expires_at <= $1`

const readRecord = reader(
  "idempotency_keys",
  "key",
  Schema.Struct({ fingerprint: Schema.String, answer: Schema.NullOr(Schema.String) })
)

const toClaim = (row: Parameters<typeof readRecord>[0]): Effect.Effect<RequestClaim> =>
  Effect.map(
    readRecord(row),
    ({ answer, fingerprint }) => answer === null ? { _tag: "Running" } : { _tag: "Done", fingerprint, answer }
  )
