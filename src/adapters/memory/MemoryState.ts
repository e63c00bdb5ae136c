import { Effect } from "effect"
import type { DateTime } from "effect"
import { hash } from "node:crypto"
import type { AccountId } from "../../domain/model/Account.ts"
import type { ApiKey, ApiKeyId } from "../../domain/model/ApiKey.ts"
import { CHAIN_START } from "../../domain/model/Audit.ts"
import type { AuditEvent } from "../../domain/model/Audit.ts"
import type { Challenge, ChallengeId } from "../../domain/model/Challenge.ts"
import type { EmailKey } from "../../domain/model/Email.ts"
import type { FactorId } from "../../domain/model/Factor.ts"
import type { Mail, MailId } from "../../domain/model/Mail.ts"
import { isLive, SESSIONS_COUNTED_MAX } from "../../domain/model/Session.ts"
import type { Session, SessionId } from "../../domain/model/Session.ts"
import type { AccountWithPassword } from "../../ports/AccountStore.ts"
import type { ImportMark } from "../../ports/AccountTransfer.ts"
import type { ChainHead } from "../../ports/AuditLog.ts"
import type { StoredFactor } from "../../ports/FactorStore.ts"

export interface RequestRecord {
  readonly owner: string
  readonly fingerprint: string
  readonly claimedUntil: DateTime.Utc
  readonly expiresAt: DateTime.Utc
  readonly answer: string | undefined
}

export interface Lease {
  readonly holder: string
  readonly until: DateTime.Utc
}

/** The state of a budget. Instants and durations are in milliseconds. */
export interface BudgetRecord {
  /** When the last attempt will be forgotten: one `recoveryMs` from now for each remembered attempt. */
  readonly debtUntil: number
  /** When a used-up budget admits the next attempt. */
  readonly closedUntil: number
  readonly recoveryMs: number
}

export interface MemoryEntry {
  readonly event: AuditEvent
  readonly sequence: number
  readonly hash: string
}

export interface MailRecord {
  readonly mail: Mail
  readonly claimedUntil: DateTime.Utc | undefined
}

export interface ChallengeRecord {
  readonly challenge: Challenge
  /** The key of the place that it was given. It has that place while `challengePlaces` says so. */
  readonly place: string | undefined
  readonly tries: number
}

/** The data of all stores in memory. They share it, as tables share a database. */
export interface MemoryState {
  readonly accounts: Map<AccountId, AccountWithPassword>
  readonly claims: Map<EmailKey, AccountId>
  readonly imports: Map<AccountId, ImportMark>
  readonly sessions: Map<SessionId, Session>
  readonly heads: Map<string, ChainHead>
  /** The last deleted entry, by chain. */
  readonly starts: Map<string, ChainHead>
  readonly entries: Array<MemoryEntry>
  readonly requests: Map<string, RequestRecord>
  readonly leases: Map<string, Lease>
  readonly budgets: Map<string, BudgetRecord>
  readonly mails: Map<MailId, MailRecord>
  readonly challenges: Map<ChallengeId, ChallengeRecord>
  readonly challengePlaces: Map<string, ChallengeId>
  readonly factors: Map<AccountId, ReadonlyArray<StoredFactor>>
  /** Whose passkey a credential is. */
  readonly passkeys: Map<string, { readonly accountId: AccountId; readonly id: FactorId }>
  readonly apiKeys: Map<ApiKeyId, ApiKey>
}

export const makeState = (): MemoryState => ({
  accounts: new Map(),
  claims: new Map(),
  imports: new Map(),
  sessions: new Map(),
  heads: new Map(),
  starts: new Map(),
  entries: [],
  requests: new Map(),
  leases: new Map(),
  budgets: new Map(),
  mails: new Map(),
  challenges: new Map(),
  challengePlaces: new Map(),
  factors: new Map(),
  passkeys: new Map(),
  apiKeys: new Map()
})

/** An operation that happens at once, so that nothing comes between its steps. */
export const atOnce =
  <Input extends ReadonlyArray<unknown>, A>(operation: (...input: Input) => A) => (...input: Input): Effect.Effect<A> =>
    Effect.sync(() => operation(...input))

export const digest = (text: string): string => hash("sha256", text)

/** The number of sessions, up to the limit for counts. */
export const counted = (sessions: ReadonlyArray<Session>): number => Math.min(sessions.length, SESSIONS_COUNTED_MAX)

export const liveSessions = (state: MemoryState, accountId: AccountId, now: DateTime.Utc): Array<Session> => {
  const account = state.accounts.get(accountId)?.account
  return account === undefined ?
    [] :
    [...state.sessions.values()].filter((session) => session.accountId === accountId && isLive(session, account, now))
}

/** Where the remaining chain starts. */
export const startOf = ({ starts }: MemoryState, chain: string): Pick<ChainHead, "hash" | "sequence"> => {
  const { hash, sequence } = starts.get(chain) ?? { sequence: 0, hash: CHAIN_START }
  return { sequence, hash }
}
