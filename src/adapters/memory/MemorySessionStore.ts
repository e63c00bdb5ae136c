import { DateTime, Effect, Option } from "effect"
import { Account } from "../../domain/model/Account.ts"
import { AccountNotFound, PreconditionFailed, RequestInProgress } from "../../domain/model/IdentityErrors.ts"
import { Session } from "../../domain/model/Session.ts"
import type { UnconditionalCommit } from "../../ports/Commit.ts"
import { SessionStore } from "../../ports/SessionStore.ts"
import { carryOut, isProven, ownsRequest, passAttemptOf } from "./MemoryCommits.ts"
import { newest, newestFirst, partOf, sessionPosition } from "./MemoryOrder.ts"
import { atOnce, counted, liveSessions } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

// No generator here suspends between reading and writing, so each runs as one step of the event loop.
export const make = (state: MemoryState): SessionStore["Service"] =>
  SessionStore.of({
    insertSession: Effect.fnUntraced(function*({ commit, replaces, session }) {
      if (!ownsRequest(state, commit)) return yield* new RequestInProgress()
      const account = state.accounts.get(session.accountId)?.account
      if (account?.status !== "active" || account.sessionEpoch !== session.epoch) return Option.none()
      const replaced = liveSessions(state, account.id, session.authenticatedAt).find(({ id }) => id === replaces)
      if (replaces !== undefined && replaced === undefined) return Option.none()
      if (!isProven(state, commit)) return yield* new PreconditionFailed()
      yield* Effect.fromResult(passAttemptOf(state, commit))
      if (replaced !== undefined) state.sessions.delete(replaced.id)
      state.sessions.set(session.id, session)
      carryOut(state, commit)
      return Option.some(counted(liveSessions(state, session.accountId, session.authenticatedAt)))
    }),

    endOldestSessions: atOnce(({ accountId, commit, keep, now }) => {
      const oldest = newest(liveSessions(state, accountId, now)).slice(keep)
      return { count: end(state, oldest, commit), more: false }
    }),

    findSession: atOnce((id) => {
      const session = state.sessions.get(id)
      const account = session === undefined ? undefined : state.accounts.get(session.accountId)?.account
      return session === undefined || account === undefined ? Option.none() : Option.some({ session, account })
    }),

    touchSession: atOnce(({ expiresAt, id, lastUsedAt, unlessUsedSince }) => {
      const session = state.sessions.get(id)
      if (session === undefined || DateTime.isGreaterThan(session.lastUsedAt, unlessUsedSince)) return
      state.sessions.set(
        id,
        Session.make({ ...session, lastUsedAt, expiresAt: DateTime.max(session.expiresAt, expiresAt) })
      )
    }),

    strengthen: atOnce(({ aal, amr, id }) => {
      const session = state.sessions.get(id)
      if (session !== undefined) state.sessions.set(id, Session.make({ ...session, aal, amr }))
    }),

    listSessions: atOnce(({ accountId, after, limit, now }) => {
      const sessions = newest(liveSessions(state, accountId, now)).filter((session) =>
        Option.match(after, {
          onNone: () => true,
          onSome: (position) => newestFirst(sessionPosition(session), position) > 0
        })
      )
      return partOf(sessions, limit, sessionPosition)
    }),

    endSessions: atOnce(({ accountId, commit, ids, now }) => {
      const sessions = liveSessions(state, accountId, now).filter(({ id }) => ids.includes(id))
      return { count: end(state, sessions, commit), rest: [] }
    }),

    endAllSessions: Effect.fnUntraced(function*({ accountId, commit, now }) {
      const known = state.accounts.get(accountId)
      if (known === undefined) return yield* new AccountNotFound()
      const ended = counted(liveSessions(state, accountId, now))
      const account = Account.make({ ...known.account, sessionEpoch: known.account.sessionEpoch + 1 })
      state.accounts.set(account.id, { ...known, account })
      carryOut(state, commit)
      return ended
    })
  })

const end = (state: MemoryState, sessions: ReadonlyArray<Session>, commit: UnconditionalCommit): number => {
  for (const session of sessions) state.sessions.delete(session.id)
  if (sessions.length > 0) carryOut(state, commit)
  return sessions.length
}
