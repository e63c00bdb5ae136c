import { DateTime, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { placesFor } from "../../../domain/model/Challenge.ts"
import type { Challenge } from "../../../domain/model/Challenge.ts"
import type { AnsweredChallenge } from "../../../ports/Commit.ts"
import { columnNames, columnValues } from "../columns.ts"
import type { Connection } from "../connection/Connection.ts"
import { execute, statement } from "../statement.ts"
import { challengeTable } from "../tables.ts"
import { subjectDigest } from "./ChallengeRows.ts"

/**
 * Ends a challenge with its rivals, if it is live, and perhaps turns it into another. Has to run in the transaction of
 * what the answer changes. Returns whether it was live.
 */
export const endAnswered = Effect.fnUntraced(function*(
  connection: Connection,
  answered: AnsweredChallenge | undefined
): Effect.fn.Return<boolean, SqlError> {
  if (answered === undefined) return true
  // Rivals that are answered at the same time wait here for each other, all in the same order.
  yield* execute(connection, lockRivals, answered)
  const { rowCount } = yield* execute(connection, endLive, answered)
  if (rowCount === 0) return false
  if (answered.becomes !== undefined) yield* execute(connection, insertChallenge, { challenge: answered.becomes })
  return true
})

const subject = ({ challenge }: AnsweredChallenge) => subjectDigest(challenge)

const lockRivals = statement<AnsweredChallenge>(($) => `
  SELECT FROM challenges WHERE subject = ${$(subject)} ORDER BY id FOR UPDATE`)

const endLive = statement<AnsweredChallenge>(($) => `
  WITH answered AS (
    DELETE FROM challenges WHERE id = ${$(({ challenge }) => challenge.id)} AND place IS NOT NULL
      AND expires_at > ${$(({ now }) => DateTime.toDateUtc(now))}
    RETURNING id, purpose, created_at
  ), rivals AS (
    UPDATE challenges c SET place = NULL FROM answered a WHERE c.subject = ${$(subject)} AND c.id <> a.id
      AND (a.purpose <> 'email-change-reversal' OR c.created_at > a.created_at)
  )
  SELECT id FROM answered`)

interface Placement {
  readonly challenge: Challenge
  readonly isFromKnownDevice?: boolean
}

const places = ({ challenge, isFromKnownDevice = false }: Placement) => placesFor(challenge.purpose, isFromKnownDevice)

/**
 * Saves a challenge in a free place, or in none if none is free. Saves nothing if somebody else takes that place
 * meanwhile.
 */
export const insertChallenge = statement<Placement>(($) => {
  const subject = $(({ challenge }) => subjectDigest(challenge))
  return `
  WITH free AS (
    SELECT min(n)::smallint AS place FROM generate_series(${$((input) => places(input).first)}::int, ${
    $((input) => places(input).last)
  }::int) n
    WHERE NOT EXISTS (SELECT FROM challenges WHERE subject = ${subject} AND place = n)
  )
  INSERT INTO challenges (${columnNames(challengeTable)}, subject, place, tries)
  SELECT ${columnValues(challengeTable, $.of(({ challenge }) => challenge))}, ${subject}, place, 0 FROM free
  ON CONFLICT (subject, place) DO NOTHING
  RETURNING place IS NOT NULL AS live`
})
