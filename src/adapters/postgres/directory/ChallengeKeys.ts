import { DateTime, Effect, Schema } from "effect"
import type { Connection } from "../connection/Connection.ts"
import { reader } from "../rows.ts"
import { execute, statement } from "../statement.ts"

/** Reads all live challenges, so it is for the start of a server and for operators. */
export const findChallengeKeys = Effect.fnUntraced(function*(connection: Connection, now: DateTime.Utc) {
  const { rows } = yield* execute(connection, selectKeys, now)
  return yield* Effect.forEach(
    rows,
    (row) => Effect.map(readKey(row), ({ challenges, signing_key: key, until }) => ({ key, challenges, until }))
  )
})

const readKey = reader(
  "challenges",
  "signing_key",
  Schema.Struct({ signing_key: Schema.String, challenges: Schema.Int, until: Schema.DateTimeUtcFromDate })
)

const selectKeys = statement<DateTime.Utc>(($) => `
  SELECT signing_key, count(*)::int AS challenges, max(expires_at) AS until FROM challenges
  WHERE signing_key IS NOT NULL AND place IS NOT NULL AND expires_at > ${$(DateTime.toDateUtc)}
  GROUP BY signing_key`)
