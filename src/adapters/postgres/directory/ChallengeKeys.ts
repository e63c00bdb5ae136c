import { DateTime, Schema } from "effect"
import { reader } from "../rows.ts"
import { readingAll, statement } from "../statement.ts"

/** Reads all live challenges, so it is for the start of a server and for operators. */
export const findChallengeKeys = (now: DateTime.Utc) => readingAll(selectKeys, now, readKey)

const readKey = reader(
  "challenges",
  "key",
  Schema.Struct({ key: Schema.String, challenges: Schema.Int, until: Schema.DateTimeUtcFromDate })
)

const selectKeys = statement<DateTime.Utc>(($) => `
  SELECT signing_key AS key, count(*)::int AS challenges, max(expires_at) AS until FROM challenges
  WHERE signing_key IS NOT NULL AND place IS NOT NULL AND expires_at > ${$(DateTime.toDateUtc)}
  GROUP BY signing_key`)
