/**
 * Sessions on Postgres. Each operation is one statement.
 */
import { DateTime, Effect, identity, Option } from "effect"
import { AccountNotFound } from "../../../domain/model/IdentityErrors.ts"
import type { Session, SessionId } from "../../../domain/model/Session.ts"
import { SessionStore } from "../../../ports/SessionStore.ts"
import type { ChosenSessionsEnd, OldestSessionsEnd, SessionsEnd, SessionUse } from "../../../ports/SessionStore.ts"
import type { Connection } from "../connection/Connection.ts"
import type { PostgresClient } from "../connection/PostgresClient.ts"
import { commitIf, committed } from "../ledger/CommitStatements.ts"
import { sessionWithAccountColumns, toSessionCount, toSessionWithAccount } from "../rows.ts"
import { execute, executeForValues, executing, findingOne, readingOne, statement } from "../statement.ts"
import type { Placeholders } from "../statement.ts"
import { sessionFields } from "../tables.ts"
import { countEnded, queueEnded } from "./EndedSessions.ts"
import { insertProven, insertSession, NOT_SAVED } from "./SessionInsertion.ts"
import { listSessions, newest } from "./SessionLists.ts"

/** The operations that nearly all requests need, batched. The batches belong to the scope. */
const makeBatched = Effect.fnUntraced(function*(client: PostgresClient["Service"]) {
  const lookUp = yield* client.batched("SessionStore.findSession", {
    statementsMax: 2,
    writes: false,
    send: lookUpAll
  })
  const touchSession = yield* client.batched("SessionStore.touchSession", {
    statementsMax: 1,
    writes: true,
    send: touchAll
  })
  return {
    touchSession,
    findSession: (id: SessionId) => Effect.map(lookUp(id), toFound)
  }
})

export const make = Effect.fnUntraced(function*(client: PostgresClient["Service"]) {
  const batched = yield* makeBatched(client)
  const { attempt, read, run, transact } = client
  return SessionStore.of({
    ...batched,

    insertSession: (input) =>
      input.commit.answers === undefined && input.commit.uses === undefined
        ? attempt("SessionStore.insertSession", (connection) => insertSession(connection, input))
        : Effect.catchIf(
          transact("SessionStore.insertSession", (connection) => insertProven(connection, input)),
          (error) => error === NOT_SAVED,
          () => Effect.succeedNone
        ),

    strengthen: (session) => run("SessionStore.strengthen", executing(noteProof, session)),

    listSessions: (query) => read("SessionStore.listSessions", (connection) => listSessions(connection, query)),

    endSessions: (input) =>
      run(
        "SessionStore.endSessions",
        readingOne(
          input.ids.length === 1 ? deleteOne : deleteChosen,
          input,
          (row) => ({ count: toSessionCount(row), rest: [] })
        )
      ),

    endOldestSessions: (input) =>
      Effect.map(
        run("SessionStore.endOldestSessions", readingOne(deleteOldest, input, toSessionCount)),
        (count) => ({ count, more: count === OLDEST_ENDED_MAX })
      ),

    endAllSessions: (input) =>
      Effect.flatMap(
        run("SessionStore.endAllSessions", findingOne(advanceEpoch, input, toSessionCount)),
        Option.match({ onNone: () => new AccountNotFound(), onSome: Effect.succeed })
      )
  })
})

type Values = ReadonlyArray<unknown>

const toFound = (values: Values | undefined) =>
  values === undefined ? Option.none() : Option.some(toSessionWithAccount(values))

const lookUpAll = (connection: Connection, ids: ReadonlyArray<SessionId>) => {
  const [id] = ids
  return id !== undefined && ids.length === 1 ? lookUpOne(connection, id) : lookUpMany(connection, ids)
}

// Postgres plans a statement about an array anew each time while the array is shorter than it presumes, which takes
// longer than executing it. A statement about a single value is planned once.
export const lookUpOne = (connection: Connection, id: SessionId) =>
  Effect.map(executeForValues(connection, selectById, id), ([values]) => () => values)

const lookUpMany = (connection: Connection, ids: ReadonlyArray<SessionId>) =>
  Effect.map(executeForValues(connection, selectByIds, ids), (rows) => {
    const found = new Map<number, Values>()
    for (const values of rows) found.set(digitsOf(values[0]), values)
    return (id: SessionId) => {
      const values = found.get(digitsOf(id))
      if (values === undefined || values[0] === id) return values
      // The digits of two ids collided.
      return rows.find((values) => values[0] === id)
    }
  })

/**
 * A number made of the last digits of an id. With text as the key, V8 would first search for it among all texts that it
 * knows.
 */
const digitsOf = (id: unknown): number => {
  const text = String(id)
  let digits = 0
  for (let at = text.length - DIGITS; at < text.length; at++) digits = digits << BITS ^ text.charCodeAt(at)
  return digits
}

/** Digits of six bits that a small integer of V8 has room for. */
const [DIGITS, BITS] = [5, 6]

const selectSession = (condition: string) => `
  SELECT ${sessionWithAccountColumns}
  FROM sessions s JOIN accounts a ON a.id = s.account_id
  WHERE ${condition}`

const selectById = statement<SessionId>(($) => selectSession(`s.id = ${$(identity)}`))
const selectByIds = statement<ReadonlyArray<SessionId>>(($) => selectSession(`s.id = ANY (${$(identity)}::text[])`))

const touchAll = (connection: Connection, touches: ReadonlyArray<SessionUse>) =>
  Effect.as(execute(connection, noteUses, touches), () => undefined)

// Sessions that are being changed are skipped: the change notes the use or ends the session, or the next use is noted.
// So two servers that note uses of the same sessions can't wait for each other either.
const noteUses = statement<ReadonlyArray<SessionUse>>(($) => {
  const ids = $((touches) => touches.map(({ id }) => id))
  const usedAt = $((touches) => touches.map(({ lastUsedAt }) => DateTime.toDateUtc(lastUsedAt)))
  const expiresAt = $((touches) => touches.map(({ expiresAt }) => DateTime.toDateUtc(expiresAt)))
  const unlessSince = $((touches) => touches.map(({ unlessUsedSince }) => DateTime.toDateUtc(unlessUsedSince)))
  return `
  WITH uses AS (
    SELECT * FROM unnest(${ids}::text[], ${usedAt}::timestamptz[], ${expiresAt}::timestamptz[], ${unlessSince}::timestamptz[])
      AS u (id, used_at, expires_at, unless_since)
  ), due AS (
    SELECT s.id, u.used_at, u.expires_at
    FROM uses u JOIN sessions s ON s.id = u.id
    WHERE s.last_used_at <= u.unless_since
    FOR UPDATE OF s SKIP LOCKED
  )
  UPDATE sessions s SET last_used_at = due.used_at, expires_at = greatest(s.expires_at, due.expires_at)
  FROM due WHERE s.id = due.id`
})

const noteProof = statement<Pick<Session, "aal" | "amr" | "id">>(($) => `
  UPDATE sessions SET amr = ${$(({ amr }) => sessionFields.amr.write(amr))}, aal = ${$(({ aal }) => aal)}
  WHERE id = ${$(({ id }) => id)}`)

// While this statement waits, a change that keeps the session may move it and its account to the next epoch. The
// session is then read anew, but the account isn't. So a session with a later epoch than its account's is live.
//
// No index serves `IS TRUE`. Otherwise a plan for all parameters could read every session of the account to find some
// by their ids.
const deleteLive = <I extends SessionsEnd>(chosen: string, $: Placeholders<I>): string => {
  const accountId = $((input) => input.accountId)
  return `
  WITH ended AS (
    DELETE FROM sessions s USING accounts a
    WHERE s.id = ${chosen} AND (s.account_id = ${accountId}) IS TRUE
      AND s.expires_at > ${$(({ now }) => DateTime.toDateUtc(now))}
      AND a.id = s.account_id AND a.session_epoch <= s.epoch AND a.status = 'active'
    RETURNING s.id
  ), ${commitIf("ended", $.of(({ commit }) => commit))}
  SELECT ${committed}, ${accountId}::text AS account_id, (SELECT count(*) FROM ended)::int AS session_count`
}

// As with look-ups, a statement about a single id is planned once.
const deleteOne = statement<ChosenSessionsEnd>(($) => deleteLive($(({ ids: [id] }) => id), $))

const deleteChosen = statement<ChosenSessionsEnd>(($) => deleteLive(`ANY (${$(({ ids }) => ids)}::text[])`, $))

/** How many of the oldest sessions end in one statement. */
const OLDEST_ENDED_MAX = 1000

// If more than this many of the newest have expired but still have rows, some sessions end only with the next call.
const deleteOldest = statement<OldestSessionsEnd>(($) => {
  const accountId = $((input) => input.accountId)
  const keep = $((input) => input.keep)
  return `
  WITH newest AS (
    ${newest(accountId, "", `${keep}::bigint + ${2 * OLDEST_ENDED_MAX}`)}
  ), oldest AS (
    SELECT id FROM newest WHERE expires_at > ${$(({ now }) => DateTime.toDateUtc(now))}
    ORDER BY created_at DESC, id DESC OFFSET ${keep} LIMIT ${OLDEST_ENDED_MAX}
  ), ended AS (
    DELETE FROM sessions WHERE id = ANY (ARRAY (SELECT id FROM oldest)) RETURNING id
  ), ${commitIf("ended", $.of(({ commit }) => commit))}
  SELECT ${committed}, ${accountId}::text AS account_id, (SELECT count(*) FROM ended)::int AS session_count`
})

const advanceEpoch = statement<SessionsEnd>(($) => {
  const count = countEnded($(({ now }) => DateTime.toDateUtc(now)))
  return `
  WITH a AS (
    UPDATE accounts SET session_epoch = session_epoch + 1 WHERE id = ${$(({ accountId }) => accountId)} RETURNING *
  ), queued AS (
    ${queueEnded}
  ), ${commitIf("a", $.of(({ commit }) => commit))}
  SELECT ${committed}, a.id AS account_id, CASE WHEN a.status = 'active' THEN (${count}) ELSE 0 END AS session_count
  FROM a`
})
