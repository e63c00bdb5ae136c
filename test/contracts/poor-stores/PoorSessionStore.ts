import { Effect, Option } from "effect"
import * as MemorySessionStore from "../../../src/adapters/memory/MemorySessionStore.ts"
import type { Part } from "../../../src/domain/model/Page.ts"
import type { Session, SessionId } from "../../../src/domain/model/Session.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import type { ChosenSessionsEnd, SessionPosition, SessionQuery } from "../../../src/ports/SessionStore.ts"
import { placeOf } from "./KeyValues.ts"
import type { KeyValues } from "./KeyValues.ts"
import { loadCommit } from "./PoorCommits.ts"
import { countLive, listLive } from "./PoorSessions.ts"

/**
 * How many sessions end in one step. Each is two items, besides the account, the audit entry and the end of its chain.
 */
const ENDED_MAX = 11

export const make = (keyValues: KeyValues): SessionStore["Service"] => {
  const { inStep, read } = keyValues

  const endSessions = Effect.fnUntraced(function*(end: ChosenSessionsEnd) {
    const [ids, rest] = [end.ids.slice(0, ENDED_MAX), end.ids.slice(ENDED_MAX)]
    const { count } = yield* inStep(Effect.fnUntraced(function*(step) {
      yield* step.accounts([end.accountId])
      yield* step.sessions(ids)
      yield* loadCommit(step, end.commit)
      return yield* MemorySessionStore.make(step.state).endSessions({ ...end, ids })
    }))
    return { count, rest }
  })

  return SessionStore.of({
    endSessions,

    insertSession: Effect.fnUntraced(function*(insertion) {
      const { accountId, authenticatedAt } = insertion.session
      const saved = yield* inStep(Effect.fnUntraced(function*(step) {
        yield* step.accounts([accountId])
        if (insertion.replaces !== undefined) yield* step.sessions([insertion.replaces])
        yield* loadCommit(step, insertion.commit)
        return yield* MemorySessionStore.make(step.state).insertSession(insertion)
      }))
      return Option.isNone(saved) ? saved : Option.some(yield* countLive(keyValues, accountId, authenticatedAt))
    }),

    findSession: Effect.fnUntraced(function*(id) {
      const first = yield* read(({ sessions }) => sessions.get(id))
      if (first === undefined) return Option.none()
      const account = yield* read(({ accounts }) => accounts.get(first.accountId)?.account)
      if (account === undefined) return Option.none()
      // In between, a change may have kept the session and moved the account to the next epoch.
      const session = first.epoch < account.sessionEpoch ? yield* read(({ sessions }) => sessions.get(id)) : first
      return session === undefined ? Option.none() : Option.some({ session, account })
    }),

    touchSession: (use) =>
      inStep((step) => Effect.andThen(step.sessions([use.id]), MemorySessionStore.make(step.state).touchSession(use))),

    strengthen: (session) =>
      inStep((step) =>
        Effect.andThen(step.sessions([session.id]), MemorySessionStore.make(step.state).strengthen(session))
      ),

    listSessions: ({ accountId, after, limit, now }: SessionQuery) =>
      listLive(keyValues, {
        accountId,
        now,
        limit,
        after: Option.getOrUndefined(Option.map(after, placeOf))
      }),

    endOldestSessions: Effect.fnUntraced(function*(end) {
      const { accountId, keep, now } = end
      const live: Array<SessionId> = []
      let after: string | undefined
      do {
        const part: Part<Session, SessionPosition> = yield* listLive(keyValues, {
          accountId,
          now,
          limit: keep + ENDED_MAX,
          after
        })
        live.push(...part.items.map(({ id }) => id))
        after = Option.getOrUndefined(Option.map(part.next, placeOf))
      } while (after !== undefined && live.length <= keep + ENDED_MAX)
      const ids = live.slice(keep)
      if (ids.length === 0) return { count: 0, more: false }
      const { count, rest } = yield* endSessions({ ...end, ids })
      return { count, more: rest.length > 0 }
    }),

    endAllSessions: Effect.fnUntraced(function*(end) {
      const ended = yield* countLive(keyValues, end.accountId, end.now)
      yield* inStep(Effect.fnUntraced(function*(step) {
        yield* step.accounts([end.accountId])
        yield* loadCommit(step, end.commit)
        yield* MemorySessionStore.make(step.state).endAllSessions(end)
      }))
      return ended
    })
  })
}
