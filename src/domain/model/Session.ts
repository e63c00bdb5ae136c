import { DateTime, Schema } from "effect"
import type { Redacted } from "effect"
import { AccountId } from "./Account.ts"
import type { Account } from "./Account.ts"
import { AssuranceLevel, AuthenticationMethod } from "./Authentication.ts"
import { recordId } from "./RecordId.ts"

/** `ses_` and 128 random bits in 25 base36 digits (ASVS 7.2.3). */
export const SessionId = recordId("ses", "a session id").pipe(Schema.brand("SessionId"))
export type SessionId = typeof SessionId.Type

/** The bearer secret of one session: opaque, URL-safe, at most 128 characters. */
export type SessionToken = Redacted.Redacted<string>

/** The program that sent a request, as far as the transport knows. It is shown to people and never decides anything. */
export interface Client {
  readonly userAgent: string | undefined
  readonly ipAddress: string | undefined
}

/**
 * One signed-in client of one account.
 *
 * `expiresAt` is the first instant at which the session is over: the idle deadline or the end of its maximum lifetime,
 * whichever comes first. `authenticatedAt` is when its holder last proved who they are, and `amr` and `aal` are how.
 * Until `elevatedUntil`, that is recent enough for what needs more than a session.
 */
export class Session extends Schema.Class<Session>("identityd/domain/model/Session")({
  id: SessionId,
  accountId: AccountId,
  epoch: Schema.Int,
  createdAt: Schema.DateTimeUtc,
  lastUsedAt: Schema.DateTimeUtc,
  authenticatedAt: Schema.DateTimeUtc,
  amr: Schema.Array(AuthenticationMethod),
  aal: AssuranceLevel,
  elevatedUntil: Schema.UndefinedOr(Schema.DateTimeUtc),
  expiresAt: Schema.DateTimeUtc,
  userAgent: Schema.UndefinedOr(Schema.String),
  ipAddress: Schema.UndefinedOr(Schema.String)
}) {}

/** A part of a user agent to look for. */
export const TextToFind = Schema.String.check(
  Schema.makeFilter((text) => text.trim() === "" ? "must not be blank" : undefined)
)

/** Selects sessions, of all accounts or of one. A member that is left out matches every session. */
export interface SessionFilter {
  readonly createdBefore?: DateTime.Utc | undefined
  /** An address or a network in CIDR notation. */
  readonly network?: string | undefined
  /** Part of the user agent, in any letter case. */
  readonly userAgent?: string | undefined
}

/**
 * Whether a session may still be used: its account is active, its epoch hasn't ended, and it hasn't expired. A
 * session's epoch may be later than its account's, if a change that kept the session happened between reading the
 * account and reading the session.
 */
export const isLive = (session: Session, account: Account, now: DateTime.Utc): boolean =>
  account.status === "active" && session.epoch >= account.sessionEpoch &&
  DateTime.isLessThan(now, session.expiresAt)

/** Whether the holder of a session proved who they are just now. */
export const isElevated = ({ elevatedUntil }: Session, now: DateTime.Utc): boolean =>
  elevatedUntil !== undefined && DateTime.isLessThan(now, elevatedUntil)

/** The most sessions that are counted in one step. Larger numbers are reported as this one. */
export const SESSIONS_COUNTED_MAX = 10_000
