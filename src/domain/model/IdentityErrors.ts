import { Predicate, Schema } from "effect"
import { ApiKeyScope } from "./ApiKey.ts"
import { ChallengeId } from "./Challenge.ts"
import { FactorType } from "./Factor.ts"
import { PasskeyRequestOptions } from "./PasskeyOptions.ts"
import { PasswordRefusal } from "./Password.ts"

/** An account of any status already holds this email in one of its spellings. */
export class EmailAlreadyExists extends Schema.TaggedError<EmailAlreadyExists>()("EmailAlreadyExists", {}) {}

/**
 * Email and password do not belong to an active account. It doesn't say which of the two is wrong, so that it reveals
 * no accounts.
 */
export class InvalidCredentials extends Schema.TaggedError<InvalidCredentials>()("InvalidCredentials", {}) {}

/**
 * The token belongs to no live session: it is absent, malformed or forged, or its session has expired, was ended or
 * lost its account.
 */
export class SessionRequired extends Schema.TaggedError<SessionRequired>()("SessionRequired", {}) {}

export class AccountNotFound extends Schema.TaggedError<AccountNotFound>()("AccountNotFound", {}) {}

/** The account has no such live session. A session of another account counts as none. */
export class SessionNotFound extends Schema.TaggedError<SessionNotFound>()("SessionNotFound", {}) {}

export class ApiKeyNotFound extends Schema.TaggedError<ApiKeyNotFound>()("ApiKeyNotFound", {}) {}

/** What was presented is no API key that is good now and from there. It says no more, so that it reveals no keys. */
export class ApiKeyRequired extends Schema.TaggedError<ApiKeyRequired>()("ApiKeyRequired", {}) {}

/** The caller's API key doesn't have a scope that this needs. */
export class ScopeMissing extends Schema.TaggedError<ScopeMissing>()("ScopeMissing", {
  scopes: Schema.NonEmptyArray(ApiKeyScope)
}) {}

/** A key is to be good in more places than the one by which the caller acts. */
export class NetworksTooWide extends Schema.TaggedError<NetworksTooWide>()("NetworksTooWide", {}) {}

/** A key is to be good in the past only, or for longer than the operator allows. */
export class ApiKeyLifetimeRefused extends Schema.TaggedError<ApiKeyLifetimeRefused>()("ApiKeyLifetimeRefused", {
  max: Schema.Duration
}) {}

export class MailNotFound extends Schema.TaggedError<MailNotFound>()("MailNotFound", {}) {}

/** No mail server is configured. */
export class MailServerAbsent extends Schema.TaggedError<MailServerAbsent>()("MailServerAbsent", {}) {}

/** The account changed since the version the caller saw. */
export class VersionConflict extends Schema.TaggedError<VersionConflict>()("VersionConflict", {}) {}

/** The condition for a change of an account doesn't hold any more. Nothing was changed. */
export class PreconditionFailed extends Schema.TaggedError<PreconditionFailed>()("PreconditionFailed", {}) {}

export const isPreconditionFailed = (error: unknown): error is PreconditionFailed =>
  Predicate.isTagged(error, "PreconditionFailed")

/** The session isn't elevated: its holder has to prove anew who they are, which then counts for `lifetime`. */
export class ReauthenticationRequired
  extends Schema.TaggedError<ReauthenticationRequired>()("ReauthenticationRequired", { lifetime: Schema.Duration })
{}

/** The account has this email already. */
export class EmailUnchanged extends Schema.TaggedError<EmailUnchanged>()("EmailUnchanged", {}) {}

/** The account's email has to be verified first. */
export class VerificationRequired extends Schema.TaggedError<VerificationRequired>()("VerificationRequired", {}) {}

/** The code or token is not the answer to the challenge. It has tries left, unless this was the last. */
export class InvalidCode extends Schema.TaggedError<InvalidCode>()("InvalidCode", {}) {}

/**
 * The challenge is absent, was answered, has expired, has no tries left, or depended on what has changed since. It
 * can't be answered any more.
 */
export class ChallengeOver extends Schema.TaggedError<ChallengeOver>()("ChallengeOver", {}) {}

/**
 * What was proved is right, and the account has a second factor, which has to be presented for the challenge `id`.
 * There is no session yet.
 */
export class SecondFactorRequired extends Schema.TaggedError<SecondFactorRequired>()("SecondFactorRequired", {
  id: ChallengeId,
  /** The types of the account's factors. */
  factors: Schema.Array(FactorType),
  expiresAt: Schema.DateTimeUtc,
  /** What a browser is asked, if there is a passkey. */
  passkeyOptions: Schema.UndefinedOr(PasskeyRequestOptions)
}) {}

/** The password isn't enough, because the account has a second factor. */
export class SecondFactorNeeded extends Schema.TaggedError<SecondFactorNeeded>()("SecondFactorNeeded", {}) {}

/** The operator has turned off what is asked for. */
export class TurnedOff extends Schema.TaggedError<TurnedOff>()("TurnedOff", {}) {}

/** The account has no such factor. */
export class FactorNotFound extends Schema.TaggedError<FactorNotFound>()("FactorNotFound", {}) {}

/** The account has as many factors as it may have. */
export class TooManyFactors extends Schema.TaggedError<TooManyFactors>()("TooManyFactors", {}) {}

/** The account needs a second factor and has no other one. */
export class LastFactor extends Schema.TaggedError<LastFactor>()("LastFactor", {}) {}

/** The first request with this idempotency key is still running. */
export class RequestInProgress extends Schema.TaggedError<RequestInProgress>()("RequestInProgress", {}) {}

/** The idempotency key was used for a different request before. */
export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()("IdempotencyKeyReused", {}) {}

/** The cursor was not issued for this list. */
export class InvalidCursor extends Schema.TaggedError<InvalidCursor>()("InvalidCursor", {}) {}

export class PasswordRejected extends Schema.TaggedError<PasswordRejected>()("PasswordRejected", {
  refusals: Schema.NonEmptyArray(PasswordRefusal)
}) {}

/** A given password hash can't be verified, or not within bounds. The problem continues the name of the hash. */
export class PasswordHashRefused extends Schema.TaggedError<PasswordHashRefused>()("PasswordHashRefused", {
  problem: Schema.String
}) {}

/** Sign-ins before the retention of the audit log are asked for, and nobody knows them any more. */
export class SignInsForgotten extends Schema.TaggedError<SignInsForgotten>()("SignInsForgotten", {
  retention: Schema.Duration
}) {}

/** Why the store refuses. Listed are the known causes that an operator can remove. */
export const StoreObstruction = Schema.Literals([
  "login-refused",
  "database-absent",
  "certificate-untrusted",
  "encryption-refused",
  /** Something between the service and the store, such as a connection pooler, doesn't pass all settings on. */
  "settings-refused",
  "right-missing",
  "schema-absent",
  "schema-outdated",
  "read-only",
  /** The service reached a copy that may lag behind the store, so no answer can be relied on. */
  "standby",
  /** The store can't hold a character in the data. Trying again doesn't help. */
  "text-not-storable"
])
export type StoreObstruction = typeof StoreObstruction.Type

/**
 * The store can't be reached now, did not answer in time, or refuses. The operation may or may not have happened.
 * Carries no detail of the driver, so that nothing can leak. Only operators learn the addresses.
 */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  reason: Schema.optionalKey(StoreObstruction),
  /** Where the store should be, if no reason is known: one or several of `host:port`. */
  addresses: Schema.optionalKey(Schema.String)
}) {}

/** The store can't serve this release, or can't be migrated to it. Nothing was done. */
export class StoreUnsuitable extends Schema.TaggedError<StoreUnsuitable>()("StoreUnsuitable", {
  /** What is wrong and what to do, for operators. Each text is worded to follow "The database". */
  problems: Schema.NonEmptyArray(Schema.String)
}) {}

/**
 * A migration waited too long for others who use what it has to lock. It changed nothing; earlier migrations stay
 * applied.
 */
export class MigrationBlocked extends Schema.TaggedError<MigrationBlocked>()("MigrationBlocked", {
  id: Schema.Int,
  name: Schema.String,
  waited: Schema.Duration
}) {}

/**
 * This machine's clock and the store's are too far apart to delete anything: one of them is wrong, and a deletion can't
 * be undone. Nothing was done.
 */
export class ClockTooFarOff extends Schema.TaggedError<ClockTooFarOff>()("ClockTooFarOff", {
  /** The store's clock minus the machine's. */
  offsetMillis: Schema.Finite
}) {}

/** The kinds of attempts that are limited. */
export const AttemptAction = Schema.Literals([
  "sign-in",
  "confirm-password",
  "sign-up",
  "change-email",
  "request-mail",
  "api-key"
])
export type AttemptAction = typeof AttemptAction.Type

/**
 * What attempts must have in common to be counted together. `service` counts all of them, `challenge` the mails of one
 * challenge.
 */
export const AttemptScope = Schema.Literals([
  "device",
  "email-network",
  "email",
  "network",
  "network-56",
  "network-48",
  "account",
  "challenge",
  "service"
])
export type AttemptScope = typeof AttemptScope.Type

/**
 * The caller, or others in the same scope, made too many attempts of this kind: more than `limit` in a row. All of them
 * are forgotten after `window`.
 */
export class TooManyAttempts extends Schema.TaggedError<TooManyAttempts>()("TooManyAttempts", {
  action: AttemptAction,
  scope: AttemptScope,
  limit: Schema.Int,
  window: Schema.Duration,
  retryAfter: Schema.Duration
}) {}

/**
 * Too many password hashes are waiting, in total or for this caller. Nothing was done. `retryAfter` estimates how long
 * this hash would have waited.
 */
export class HashingOverloaded extends Schema.TaggedError<HashingOverloaded>()("HashingOverloaded", {
  retryAfter: Schema.Duration
}) {}
