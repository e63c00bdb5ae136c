/**
 * The sessions of the identity store in memory.
 */
import { DateTime, Effect, Option } from "effect"
import { Account } from "../../domain/model/Account.ts"
import type { AccountId } from "../../domain/model/Account.ts"
import { AccountNotFound, RequestInProgress } from "../../domain/model/IdentityErrors.ts"
import { isWithin, parseAddress, parseNetwork } from "../../domain/model/IpAddress.ts"
import { Session } from "../../domain/model/Session.ts"
import type { SessionFilter } from "../../domain/model/Session.ts"
import type { UnconditionalCommit } from "../../ports/Commit.ts"
import type { IdentityStore } from "../../ports/IdentityStore.ts"
import { carryOut, ownsRequest, passItsAttempt } from "./MemoryCommits.ts"
import { byAccountId, newestFirst, partOf, sessionPosition } from "./MemoryOrder.ts"
import { counted, liveSessions } from "./MemoryState.ts"
import type { MemoryState } from "./MemoryState.ts"

type SessionOperations = Omit<
  IdentityStore["Service"],
  | "deleteAccount"
  | "findAccount"
  | "findAccountByEmail"
  | "findAccountWithPassword"
  | "insertAccount"
  | "listAccounts"
  | "replacePasswordHash"
  | "updateAccount"
>

// No generator here suspends between reading and writing, so each runs as one step of the event loop.
export const sessionOperations = (state: MemoryState): SessionOperations => ({
  insertSession: Effect.fnUntraced(function*({ commit, session }) {
    if (!ownsRequest(state, commit)) return yield* new RequestInProgress()
    const account = state.accounts.get(session.accountId)?.account
    if (account?.status !== "active" || account.sessionEpoch !== session.epoch) return Option.none()
    yield* Effect.fromResult(passItsAttempt(state, commit))
    state.sessions.set(session.id, session)
    carryOut(state, commit)
    return Option.some(counted(liveSessions(state, session.accountId, session.createdAt)))
  }),

  endOldestSessions: ({ accountId, commit, keep, limit, now }) =>
    Effect.sync(() => {
      const oldest = newest(liveSessions(state, accountId, now)).slice(keep, keep + limit)
      return endSessions(state, oldest, commit)
    }),

  findSession: (id) =>
    Effect.sync(() => {
      const session = state.sessions.get(id)
      const account = session === undefined ? undefined : state.accounts.get(session.accountId)?.account
      return session === undefined || account === undefined ? Option.none() : Option.some({ session, account })
    }),

  touchSession: ({ expiresAt, id, lastUsedAt, unlessUsedSince }) =>
    Effect.sync(() => {
      const session = state.sessions.get(id)
      if (session === undefined || DateTime.isGreaterThan(session.lastUsedAt, unlessUsedSince)) return
      state.sessions.set(
        id,
        Session.make({ ...session, lastUsedAt, expiresAt: DateTime.max(session.expiresAt, expiresAt) })
      )
    }),

  listSessions: ({ accountId, after, limit, now }) =>
    Effect.sync(() => {
      const sessions = newest(liveSessions(state, accountId, now)).filter((session) =>
        Option.match(after, {
          onNone: () => true,
          onSome: (position) => newestFirst(sessionPosition(session), position) > 0
        })
      )
      return partOf(sessions, limit, sessionPosition)
    }),

  endSession: ({ accountId, commit, id, now }) =>
    Effect.sync(() => {
      const session = liveSessions(state, accountId, now).filter((live) => live.id === id)
      return endSessions(state, session, commit) === 1
    }),

  endAllSessions: Effect.fnUntraced(function*({ accountId, commit, now }) {
    const known = state.accounts.get(accountId)
    if (known === undefined) return yield* new AccountNotFound()
    const ended = counted(liveSessions(state, accountId, now))
    const account = Account.make({ ...known.account, sessionEpoch: known.account.sessionEpoch + 1 })
    state.accounts.set(account.id, { ...known, account })
    carryOut(state, commit)
    return ended
  }),

  countSessions: ({ accountId, filter, now }) =>
    Effect.sync(() => ({
      items: [...state.accounts.keys()]
        .filter((id) => Option.getOrElse(accountId, () => id) === id)
        .toSorted(byAccountId)
        .map((id) => ({ accountId: id, count: matching(state, id, filter, now).length }))
        .filter(({ count }) => count > 0),
      next: Option.none()
    })),

  endMatchingSessions: ({ accountId, commit, filter, now }) =>
    Effect.sync(() => ({
      count: endSessions(state, matching(state, accountId, filter, now), commit),
      next: Option.none()
    })),

  pruneSessions: ({ limit, now }) =>
    Effect.sync(() => {
      const over = [...state.sessions.values()].filter((session) => {
        const account = state.accounts.get(session.accountId)?.account
        return account === undefined || session.epoch !== account.sessionEpoch ||
          !DateTime.isLessThan(now, session.expiresAt)
      }).slice(0, limit)
      for (const session of over) state.sessions.delete(session.id)
      return over.length
    })
})

const newest = (sessions: ReadonlyArray<Session>): ReadonlyArray<Session> =>
  sessions.toSorted((self, that) => newestFirst(sessionPosition(self), sessionPosition(that)))

const endSessions = (state: MemoryState, sessions: ReadonlyArray<Session>, commit: UnconditionalCommit): number => {
  for (const session of sessions) state.sessions.delete(session.id)
  if (sessions.length > 0) carryOut(state, commit)
  return sessions.length
}

const matching = (state: MemoryState, accountId: AccountId, filter: SessionFilter, now: DateTime.Utc) => {
  const inNetwork = networkTest(filter.network)
  const userAgent = filter.userAgent?.toLowerCase()
  return liveSessions(state, accountId, now).filter((session) =>
    (filter.createdBefore === undefined || DateTime.isLessThan(session.createdAt, filter.createdBefore)) &&
    inNetwork(session.ipAddress) &&
    (userAgent === undefined || session.userAgent?.toLowerCase().includes(userAgent) === true)
  )
}

const networkTest = (network: string | undefined): (address: string | undefined) => boolean => {
  if (network === undefined) return () => true
  const networks = Option.toArray(parseNetwork(network))
  return (tested) =>
    tested !== undefined && Option.exists(parseAddress(tested), (address) => isWithin(networks, address))
}
