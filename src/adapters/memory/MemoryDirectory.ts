import { DateTime, Effect, Option } from "effect"
import type { Account, AccountId } from "../../domain/model/Account.ts"
import { emailKey } from "../../domain/model/Email.ts"
import { isWithin, parseAddress, parseNetwork } from "../../domain/model/IpAddress.ts"
import type { Session, SessionFilter } from "../../domain/model/Session.ts"
import { Directory } from "../../ports/Directory.ts"
import type { AccountQuery, AuditQuery } from "../../ports/Directory.ts"
import { sealingKeyOf } from "../../ports/SecretBox.ts"
import { toStoredEntry } from "./MemoryAuditLog.ts"
import { isLiveAt } from "./MemoryChallenges.ts"
import { byAccountId, byCreation, byEmailKey, newest, partOf, positionOf } from "./MemoryOrder.ts"
import { atOnce, liveSessions, startOf } from "./MemoryState.ts"
import type { MemoryEntry, MemoryState } from "./MemoryState.ts"

export const make = (state: MemoryState): Directory["Service"] =>
  Directory.of({
    listAccounts: atOnce((query) => {
      const order = Option.isSome(query.emailPrefix) ? byEmailKey : byCreation
      const found = [...state.accounts.values()]
        .map((known) => known.account)
        .filter((account) => isWanted(state, query, account))
        .filter((account) => Option.isNone(query.after) || order(positionOf(account), query.after.value) > 0)
        .toSorted((self, that) => order(positionOf(self), positionOf(that)))
      return partOf(found, query.limit, positionOf)
    }),

    findSessions: ({ accountId, filter, now }) =>
      Effect.sync(() => ({
        items: [...state.accounts.keys()]
          .filter((id) => Option.getOrElse(accountId, () => id) === id)
          .toSorted(byAccountId)
          .map((id) => ({ accountId: id, ids: matching(state, id, filter, now).map((session) => session.id) }))
          .filter(({ ids }) => ids.length > 0),
        next: Option.none()
      })),

    listEntries: atOnce((query) => {
      const found = state.entries
        .filter((entry) => isAskedFor(query, entry))
        .toSorted((self, that) => self.event.id < that.event.id ? 1 : -1)
        .map(toStoredEntry)
      return partOf(found, query.limit, ({ id }) => id)
    }),

    listChains: atOnce(({ after, limit }) =>
      [...state.heads.values()]
        .filter((head) => Option.isNone(after) || head.chain > after.value)
        .toSorted((self, that) => self.chain < that.chain ? -1 : 1)
        .slice(0, limit)
        .map((head) => ({
          chain: head.chain,
          head: Option.some(head),
          start: startOf(state, head.chain),
          span: spanOf(state, head.chain)
        }))
    ),

    listMails: atOnce((query) => {
      const found = [...state.mails.values()]
        .map(({ mail }) => mail)
        .filter(({ accountId, id, status }) =>
          (Option.isNone(query.after) || id < query.after.value) &&
          (Option.isNone(query.accountId) || accountId === query.accountId.value) &&
          Option.getOrElse(query.status, () => status) === status
        )
        .toSorted((self, that) => self.id < that.id ? 1 : -1)
      return partOf(found, query.limit, ({ id }) => id)
    }),

    listApiKeys: atOnce(({ after, limit }) => {
      const rest = [...state.apiKeys.values()]
        .filter(({ id }) => Option.isNone(after) || id > after.value)
        .toSorted((self, that) => self.id < that.id ? -1 : 1)
      return partOf(rest, limit, ({ id }) => id)
    }),

    sealingKeys: Effect.sync(() => [...new Set(sealedIn(state).map(({ sealedBy }) => sealedBy))].toSorted()),

    listSealed: atOnce(({ after, limit, notBy }) =>
      sealedIn(state)
        .filter(({ sealedBy, stored }) =>
          sealedBy !== notBy && (Option.isNone(after) || stored.factor.id > after.value)
        )
        .map(({ stored }) => stored)
        .toSorted((self, that) => self.factor.id < that.factor.id ? -1 : 1)
        .slice(0, limit)
    ),

    challengeKeys: atOnce((now) => {
      const live = [...state.challenges.values()].filter((record) => isLiveAt(state, record, now))
      const byKey = Map.groupBy(live.map(({ challenge }) => challenge), ({ signingKey }) => signingKey)
      return [...byKey].flatMap(([key, challenges]) =>
        key === undefined ? [] : [{
          key,
          challenges: challenges.length,
          until: challenges.map(({ expiresAt }) => expiresAt).reduce(DateTime.max)
        }]
      )
    }),

    otherRelyingParty: atOnce((rpId) => {
      const passkeys = [...state.factors.values()].flat().map(({ factor }) => factor.passkey)
      const other = passkeys.find((passkey) => passkey !== undefined && passkey.rpId !== rpId)
      return Option.map(Option.fromUndefinedOr(other), (passkey) => passkey.rpId)
    }),

    mailBacklog: atOnce((now) => {
      const waiting = [...state.mails.values()]
        .map(({ mail }) => mail)
        .filter(({ giveUpAt, status }) => status === "waiting" && DateTime.isLessThan(now, giveUpAt))
        .map(({ queuedAt }) => queuedAt)
        .toSorted((self, that) => self.epochMilliseconds - that.epochMilliseconds)
      return { waiting: waiting.length, oldest: Option.fromUndefinedOr(waiting[0]) }
    }),

    estimate: Effect.sync(() => ({
      "account": state.accounts.size,
      "attempt-budget": state.budgets.size,
      "audit-entry": state.entries.length,
      "challenge": state.challenges.size,
      "idempotency-key": state.requests.size,
      "mail": state.mails.size,
      "session": state.sessions.size
    }))
  })

const sealedIn = ({ factors }: MemoryState) =>
  [...factors.values()].flat().flatMap((stored) =>
    stored.seed === undefined ? [] : [{ stored, sealedBy: sealingKeyOf(stored.seed) }]
  )

const isWanted = (state: MemoryState, query: AccountQuery, account: Account): boolean =>
  Option.getOrElse(query.status, () => account.status) === account.status &&
  emailKey(account.email).startsWith(Option.getOrElse(query.emailPrefix, () => "")) &&
  !DateTime.isLessThan(account.createdAt, Option.getOrElse(query.createdSince, () => account.createdAt)) &&
  (Option.isNone(query.createdBefore) || DateTime.isLessThan(account.createdAt, query.createdBefore.value)) &&
  Option.getOrElse(query.verified, () => account.emailVerified) === account.emailVerified &&
  (Option.isNone(query.lastSignInBefore) || isAway(state, account, query.lastSignInBefore.value))

const isAway = ({ entries }: MemoryState, { createdAt, id }: Account, since: DateTime.Utc): boolean =>
  DateTime.isLessThan(createdAt, since) &&
  !entries.some(({ event }) =>
    event.accountId === id && event.action === "session.started" && !DateTime.isLessThan(event.occurredAt, since)
  )

const matching = (
  state: MemoryState,
  accountId: AccountId,
  filter: SessionFilter,
  now: DateTime.Utc
): ReadonlyArray<Session> => {
  const inNetwork = networkTest(filter.network)
  const userAgent = filter.userAgent?.toLowerCase()
  const matches = liveSessions(state, accountId, now).filter((session) =>
    (filter.createdBefore === undefined || DateTime.isLessThan(session.createdAt, filter.createdBefore)) &&
    inNetwork(session.ipAddress) &&
    (userAgent === undefined || session.userAgent?.toLowerCase().includes(userAgent) === true)
  )
  return newest(matches).toReversed()
}

const networkTest = (network: string | undefined): (address: string | undefined) => boolean => {
  if (network === undefined) return () => true
  const networks = Option.toArray(parseNetwork(network))
  return (tested) =>
    tested !== undefined && Option.exists(parseAddress(tested), (address) => isWithin(networks, address))
}

const isAskedFor = (query: AuditQuery, { event }: MemoryEntry): boolean =>
  (Option.isNone(query.after) || event.id < query.after.value) &&
  (Option.isNone(query.accountId) || event.accountId === query.accountId.value) &&
  (Option.isNone(query.action) || event.action === query.action.value) &&
  (Option.isNone(query.since) || !DateTime.isLessThan(event.occurredAt, query.since.value))

const spanOf = ({ entries }: MemoryState, chain: string) => {
  const sequences = entries.filter(({ event }) => event.chain === chain).map(({ sequence }) => sequence)
  return sequences.length === 0
    ? Option.none()
    : Option.some({ first: Math.min(...sequences), last: Math.max(...sequences) })
}
