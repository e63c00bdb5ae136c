import { Schema } from "effect"

/** An account, of whatever status, already holds this email in one of its spellings. */
export class EmailAlreadyExists extends Schema.TaggedError<EmailAlreadyExists>()("EmailAlreadyExists", {}) {}

/** Email and password do not belong to an active account. Deliberately without a word on which half is wrong. */
export class InvalidCredentials extends Schema.TaggedError<InvalidCredentials>()("InvalidCredentials", {}) {}

/** No live session stands behind a token: absent, malformed, forged, expired, ended or orphaned. */
export class SessionRequired extends Schema.TaggedError<SessionRequired>()("SessionRequired", {}) {}

export class AccountNotFound extends Schema.TaggedError<AccountNotFound>()("AccountNotFound", {}) {}

/** The account has no such live session. Another account's session is no different from none. */
export class SessionNotFound extends Schema.TaggedError<SessionNotFound>()("SessionNotFound", {}) {}

/** The account changed since the version the caller saw. */
export class VersionConflict extends Schema.TaggedError<VersionConflict>()("VersionConflict", {}) {}

/** What a change of an account depended on is no longer so. Nothing was changed. */
export class PreconditionFailed extends Schema.TaggedError<PreconditionFailed>()("PreconditionFailed", {}) {}

/** The change needs the current password, which was not given. */
export class CurrentPasswordRequired
  extends Schema.TaggedError<CurrentPasswordRequired>()("CurrentPasswordRequired", {})
{}

/** The first request with this idempotency key is still running. */
export class RequestInProgress extends Schema.TaggedError<RequestInProgress>()("RequestInProgress", {}) {}

/** The idempotency key was used for a different request before. */
export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()("IdempotencyKeyReused", {}) {}

/** A list position that this service did not issue for this list. */
export class InvalidCursor extends Schema.TaggedError<InvalidCursor>()("InvalidCursor", {}) {}

/** Why a chosen password is not accepted. Each reason can be shown to the person choosing. */
export const PasswordRefusal = Schema.Union([
  Schema.Struct({ reason: Schema.Literal("too-short"), lengthMin: Schema.Int }),
  /** On the list of common and breached passwords; the holder's email or name; a name of this service. */
  Schema.Struct({ reason: Schema.Literals(["common", "personal", "service-name"]) })
])
export type PasswordRefusal = typeof PasswordRefusal.Type

export class PasswordRejected extends Schema.TaggedError<PasswordRejected>()("PasswordRejected", {
  refusals: Schema.NonEmptyArray(PasswordRefusal)
}) {}

/** What keeps the store from doing what it was asked, where that is known and an operator can do something about it. */
export const StoreObstruction = Schema.Literals([
  "login-refused",
  "database-absent",
  "certificate-untrusted",
  "encryption-refused",
  /** Something between here and the store does not pass everything on, as poolers do. */
  "settings-refused",
  "right-missing",
  "schema-outdated",
  "read-only",
  /** What was reached is a copy that may lag behind the store, so nothing it says can be relied on. */
  "standby",
  /** The store can't hold a character of what it was given. Trying again is of no use. */
  "text-not-storable"
])
export type StoreObstruction = typeof StoreObstruction.Type

/**
 * The store can't be reached now, or did not answer in time, or refuses. What was asked may or may not have happened.
 * Carries no detail of the driver, so nothing of it can leak.
 */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  reason: Schema.optionalKey(StoreObstruction)
}) {}

/** The store is not fit for this release, or may not be changed as it has to be. Nothing was done. */
export class StoreUnsuitable extends Schema.TaggedError<StoreUnsuitable>()("StoreUnsuitable", {
  /** What is wrong and what to do, each as it continues "The database". For operators. */
  problems: Schema.NonEmptyArray(Schema.String)
}) {}

/**
 * A change of the schema waited too long for others that use what it has to lock. Nothing of it was done; earlier
 * changes stay.
 */
export class MigrationBlocked extends Schema.TaggedError<MigrationBlocked>()("MigrationBlocked", {
  id: Schema.Int,
  name: Schema.String,
  waited: Schema.Duration
}) {}

/**
 * The clock of this machine is too far from the store's for anything to be deleted: one of the two is wrong, and what
 * is deleted does not come back. Nothing was done.
 */
export class ClockTooFarOff extends Schema.TaggedError<ClockTooFarOff>()("ClockTooFarOff", {
  /** The store's clock minus the machine's. */
  offsetMillis: Schema.Finite
}) {}

/** What somebody may attempt too often. */
export const AttemptAction = Schema.Literals(["sign-in", "confirm-password", "sign-up", "change-email"])
export type AttemptAction = typeof AttemptAction.Type

/** What attempts have in common that are counted together. `service` are all of them. */
export const AttemptScope = Schema.Literals([
  "device",
  "email-network",
  "email",
  "network",
  "network-56",
  "network-48",
  "account",
  "service"
])
export type AttemptScope = typeof AttemptScope.Type

/**
 * Too many attempts of this kind were made, by this caller or by others of the same scope: more than `limit` in a row,
 * all of them forgotten after `window`.
 */
export class TooManyAttempts extends Schema.TaggedError<TooManyAttempts>()("TooManyAttempts", {
  action: AttemptAction,
  scope: AttemptScope,
  limit: Schema.Int,
  window: Schema.Duration,
  retryAfter: Schema.Duration
}) {}

/**
 * More password hashes are waiting than the service is willing to queue, altogether or for this caller. Nothing was
 * done. `retryAfter` is about how long this one would have waited.
 */
export class HashingOverloaded extends Schema.TaggedError<HashingOverloaded>()("HashingOverloaded", {
  retryAfter: Schema.Duration
}) {}
