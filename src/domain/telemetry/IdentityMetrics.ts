/**
 * The metrics of the services. The composition decides where they are exported.
 */
import { Effect, Metric } from "effect"
import type { AnsweredPurpose, StartedPurpose } from "../model/Challenge.ts"
import type { FactorType } from "../model/Factor.ts"
import type { AttemptAction } from "../model/IdentityErrors.ts"
import type { MailPurpose } from "../model/Mail.ts"

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

const gauge = (name: string, description: string) => Metric.gauge(name, { description })

export const accountsCreated = counter("identity_accounts_created_total", "Accounts created")

const imported = counter("identity_accounts_imported_total", "Rows of imports, by outcome")

export const accountsImported = (outcome: "created" | "updated" | "unchanged" | "refused") =>
  Metric.withAttributes(imported, { outcome })

const signIns = counter("identity_sign_ins_total", "Attempts to sign in, by outcome")

/**
 * `challenged`: asked for a second factor. `refused`: wrong email, password or code. `limited`: too many guesses.
 * `failed`: the attempt could not be judged.
 */
export const signInOutcome = (outcome: "succeeded" | "challenged" | "refused" | "limited" | "failed") =>
  Metric.withAttributes(signIns, { outcome })

const limitedAttempts = counter(
  "identity_attempts_limited_total",
  "Attempts that used up a budget, and attempts refused by it, by what was attempted and by budget"
)

export const attemptsLimited = (action: AttemptAction, budget: string, outcome: "used-up" | "refused") =>
  Metric.withAttributes(limitedAttempts, { action, budget, outcome })

export const sessionsStarted = counter("identity_sessions_started_total", "Sessions started")

const sessionsEnded = counter("identity_sessions_ended_total", "Live sessions ended, by reason")

export type EndReason =
  | "sign-out"
  | "revoked"
  | "displaced"
  | "password-changed"
  | "password-recovered"
  | "email-changed"
  | "factor-added"
  | "factor-removed"
  | "account-disabled"
  | "account-deleted"

export const sessionsEndedBy = (reason: EndReason) => Metric.withAttributes(sessionsEnded, { reason })

const elevations = counter("identity_elevations_total", "Attempts to elevate a session, by method and outcome")

export type ElevationMethod = "password" | "totp" | "passkey"

/** `refused`: a wrong proof. `limited`: too many guesses. `failed`: the attempt could not be judged. */
export type ElevationOutcome = "succeeded" | "refused" | "limited" | "failed"

const elevationBy = (method: ElevationMethod, outcome: ElevationOutcome) =>
  Metric.withAttributes(elevations, { method, outcome })

const passkeysUsed = counter(
  "identity_passkey_ceremonies_total",
  "Ceremonies of passkeys that were started or answered, by kind and outcome"
)

/** `suspected`: succeeded, although the authenticator counts fewer uses than before. */
export const passkeyCeremonies = (
  kind: "elevation" | "registration" | "second-factor" | "sign-in",
  outcome: "started" | "succeeded" | "suspected" | "refused"
) => Metric.withAttributes(passkeysUsed, { kind, outcome })

const mails = counter("identity_mails_total", "Attempts to send mails, and mails given up, by purpose and outcome")

/** `refused`: for good. `failed`: to be tried again. `expired`: useless before it could be sent. */
export const mailsBy = (purpose: MailPurpose, outcome: "sent" | "refused" | "failed" | "expired") =>
  Metric.withAttributes(mails, { purpose, outcome })

export const mailAttemptSeconds = Metric.histogram("identity_mail_attempt_seconds", {
  description: "How long an attempt to send a mail took",
  boundaries: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20]
})

export const mailsWaiting = gauge("identity_mails_waiting", "Mails that wait to be sent")

export const mailOldest = gauge(
  "identity_mail_oldest_seconds",
  "How long the mail that has waited longest has waited; 0 if none waits"
)

const started = counter("identity_challenges_started_total", "Mails with a code that were asked for, by purpose")

export const challengesStarted = (purpose: StartedPurpose) => Metric.withAttributes(started, { purpose })

const answered = counter("identity_challenges_answered_total", "Answers to challenges, by purpose and outcome")

/** `refused`: a wrong answer. `over`: an answer that came too late, or once too often. */
export const challengeAnswered = (purpose: AnsweredPurpose, outcome: "succeeded" | "refused" | "over") =>
  Metric.withAttributes(answered, { purpose, outcome })

const authorizationsAnswered = counter(
  "identity_authorizations_total",
  "Requests that gateways asked about, by outcome"
)

/** `allowed`, or the code of the problem. */
export const authorizations = (outcome: string) => Metric.withAttributes(authorizationsAnswered, { outcome })

const secondFactorsPresented = counter(
  "identity_second_factors_total",
  "Second factors that were presented, by type and outcome"
)

/** `refused`: a wrong code, or one that was used before. */
export const secondFactors = (type: FactorType, outcome: "succeeded" | "refused") =>
  Metric.withAttributes(secondFactorsPresented, { type, outcome })

const factorsRemoved = counter("identity_factors_removed_total", "Second factors that were removed, by whose decision")

/** `recovery`: the first one of an account that somebody else may have made. */
export const factorsRemovedBy = (by: "administrator" | "holder" | "recovery" | "reversal") =>
  Metric.withAttributes(factorsRemoved, { by })

const introspectionsAnswered = counter("identity_introspections_total", "Tokens that programs asked about, by outcome")

/** `active`, `inactive`, or the code of the problem. */
export const introspections = (outcome: string) => Metric.withAttributes(introspectionsAnswered, { outcome })

const apiKeysPresented = counter(
  "identity_api_key_requests_total",
  "Requests to the admin API, by what became of their API key"
)

/** `refused`: no key that is good now and from there. `scope-missing`: a good key without the scope. */
export const apiKeyRequests = (outcome: "accepted" | "refused" | "limited" | "scope-missing") =>
  Metric.withAttributes(apiKeysPresented, { outcome })

export const apiKeysGood = gauge("identity_api_keys", "API keys that haven't expired")

/** Seconds since 1970; 0 without keys. */
export const apiKeyExpiry = gauge(
  "identity_api_key_next_expiry_timestamp_seconds",
  "When the first of the API keys that were used in the last 30 days expires; 0 if there is none"
)

/** Negative if this machine's clock is ahead of the store's. */
export const clockOffset = gauge(
  "identity_clock_offset_seconds",
  "The database's clock minus that of this machine: negative where the machine is ahead"
)

const pruned = counter("identity_records_pruned_total", "Expired records deleted, by kind")

export const recordsPruned = (
  kind: "session" | "idempotency-key" | "attempt-budget" | "challenge" | "mail" | "audit-entry"
) => Metric.withAttributes(pruned, { kind })

export const pruneSeconds = Metric.histogram("identity_prune_seconds", {
  description: "How long one round of housekeeping took",
  boundaries: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60]
})

/** Seconds since 1970. */
export const pruneCompleted = gauge(
  "identity_prune_completed_timestamp_seconds",
  "When housekeeping was last completed here, or when this server started"
)

const records = gauge("identity_records_estimate", "Estimated number of records, by kind")

export const recordsEstimate = (kind: string) => Metric.withAttributes(records, { kind })

export const schemaPending = gauge(
  "identity_schema_pending_migrations",
  "Migrations of this release that the database doesn't have yet"
)

export const standbysMissing = gauge(
  "identity_standbys_missing",
  "Synchronous standbys that don't confirm writes, although every write waits for them"
)

/** Seconds since 1970. */
export const auditVerified = gauge(
  "identity_audit_verified_timestamp_seconds",
  "When the audit log was last verified here"
)

export const auditBreaks = gauge(
  "identity_audit_breaks",
  "Places where the audit log was not what its writers left, when it was last verified here"
)

const builds = gauge("identity_build_info", "1, with the release and its schema")

/** The running release. `schema` is the number of its last migration. */
export const buildInfo = (version: string, schema: number) =>
  Metric.withAttributes(builds, { version, schema: String(schema) })

const outcomes: Readonly<Record<string, "challenged" | "refused">> = {
  InvalidCredentials: "refused",
  InvalidCode: "refused",
  SecondFactorRequired: "challenged"
}

/** Counts a sign-in by its outcome. Refusals by limits or a full hash queue are counted where they happen. */
export const recordOutcome = <A, E extends { readonly _tag: string }, R>(attempt: Effect.Effect<A, E, R>) =>
  attempt.pipe(
    Effect.tap(() => Metric.update(signInOutcome("succeeded"), 1)),
    Effect.tapError((error) =>
      error._tag === "TooManyAttempts" || error._tag === "HashingOverloaded"
        ? Effect.void
        : Metric.update(signInOutcome(outcomes[error._tag] ?? "failed"), 1)
    )
  )

/** Counts an elevation by its outcome. */
export const recordElevation =
  (method: ElevationMethod) =>
  <A, E extends { readonly _tag: string }, R>(attempt: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    attempt.pipe(
      Effect.tap(() => Metric.update(elevationBy(method, "succeeded"), 1)),
      Effect.tapError(({ _tag }) =>
        Metric.update(
          elevationBy(
            method,
            outcomes[_tag] === "refused" ? "refused" : _tag === "TooManyAttempts" ? "limited" : "failed"
          ),
          1
        )
      )
    )
