/**
 * The metrics of the services. The composition decides where they are exported.
 */
import { Effect, Metric } from "effect"
import type { FactorType } from "../model/Factor.ts"
import type { MailPurpose } from "../model/Mail.ts"

export const accountsCreated = Metric.counter("identity_accounts_created_total", {
  description: "Accounts created",
  incremental: true
})

const imported = Metric.counter("identity_accounts_imported_total", {
  description: "Rows of imports, by outcome",
  incremental: true
})

export const accountsImported = (outcome: "created" | "updated" | "unchanged" | "refused") =>
  Metric.withAttributes(imported, { outcome })

const signIns = Metric.counter("identity_sign_ins_total", {
  description: "Attempts to sign in, by outcome",
  incremental: true
})

/**
 * `challenged`: asked for a second factor. `refused`: wrong email, password or code. `limited`: too many guesses.
 * `failed`: the attempt could not be judged.
 */
export const signInOutcome = (outcome: "succeeded" | "challenged" | "refused" | "limited" | "failed") =>
  Metric.withAttributes(signIns, { outcome })

const limitedAttempts = Metric.counter("identity_attempts_limited_total", {
  description: "Attempts that used up a budget, and attempts refused by it, by what was attempted and by budget",
  incremental: true
})

export const attemptsLimited = (action: string, budget: string, outcome: "used-up" | "refused") =>
  Metric.withAttributes(limitedAttempts, { action, budget, outcome })

export const sessionsStarted = Metric.counter("identity_sessions_started_total", {
  description: "Sessions started",
  incremental: true
})

const sessionsEnded = Metric.counter("identity_sessions_ended_total", {
  description: "Live sessions ended, by reason",
  incremental: true
})

export type EndReason =
  | "sign-out"
  | "revoked"
  | "displaced"
  | "password-changed"
  | "password-recovered"
  | "email-changed"
  | "factor-added"
  | "account-disabled"
  | "account-deleted"

export const sessionsEndedBy = (reason: EndReason) => Metric.withAttributes(sessionsEnded, { reason })

const elevations = Metric.counter("identity_elevations_total", {
  description: "Attempts to elevate a session, by method and outcome",
  incremental: true
})

export type ElevationMethod = "password" | "totp" | "passkey"

/** `refused`: a wrong proof. `limited`: too many guesses. `failed`: the attempt could not be judged. */
const elevationBy = (method: ElevationMethod, outcome: "succeeded" | "refused" | "limited" | "failed") =>
  Metric.withAttributes(elevations, { method, outcome })
const passkeysUsed = Metric.counter("identity_passkey_ceremonies_total", {
  description: "Ceremonies of passkeys that were started or answered, by kind and outcome",
  incremental: true
})

/** `suspected`: succeeded, although the authenticator counts fewer uses than before. */
export const passkeyCeremonies = (
  kind: "elevation" | "registration" | "second-factor" | "sign-in",
  outcome: "started" | "succeeded" | "suspected" | "refused"
) => Metric.withAttributes(passkeysUsed, { kind, outcome })

const mails = Metric.counter("identity_mails_total", {
  description: "Attempts to send mails, and mails given up, by purpose and outcome",
  incremental: true
})

/** `refused`: for good. `failed`: to be tried again. `expired`: useless before it could be sent. */
export const mailsBy = (purpose: MailPurpose, outcome: "sent" | "refused" | "failed" | "expired") =>
  Metric.withAttributes(mails, { purpose, outcome })

export const mailAttemptSeconds = Metric.histogram("identity_mail_attempt_seconds", {
  description: "How long an attempt to send a mail took",
  boundaries: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20]
})

export const mailsWaiting = Metric.gauge("identity_mails_waiting", {
  description: "Mails that wait to be sent"
})

export const mailOldest = Metric.gauge("identity_mail_oldest_seconds", {
  description: "How long the mail that has waited longest has waited; 0 if none waits"
})

const started = Metric.counter("identity_challenges_started_total", {
  description: "Mails with a code that were asked for, by purpose",
  incremental: true
})

export const challengesStarted = (purpose: string) => Metric.withAttributes(started, { purpose })

const answered = Metric.counter("identity_challenges_answered_total", {
  description: "Answers to challenges, by purpose and outcome",
  incremental: true
})

/** `refused`: a wrong answer. `over`: an answer that came too late, or once too often. */
export const challengeAnswered = (purpose: string, outcome: "succeeded" | "refused" | "over") =>
  Metric.withAttributes(answered, { purpose, outcome })

const authorizationsAnswered = Metric.counter("identity_authorizations_total", {
  description: "Requests that gateways asked about, by outcome",
  incremental: true
})

/** `allowed`, or the code of the problem. */
export const authorizations = (outcome: string) => Metric.withAttributes(authorizationsAnswered, { outcome })

const secondFactorsPresented = Metric.counter("identity_second_factors_total", {
  description: "Second factors that were presented, by type and outcome",
  incremental: true
})

/** `refused`: a wrong code, or one that was used before. */
export const secondFactors = (type: FactorType, outcome: "succeeded" | "refused") =>
  Metric.withAttributes(secondFactorsPresented, { type, outcome })

const introspectionsAnswered = Metric.counter("identity_introspections_total", {
  description: "Tokens that programs asked about, by outcome",
  incremental: true
})

/** `active`, `inactive`, or the code of the problem. */
export const introspections = (outcome: string) => Metric.withAttributes(introspectionsAnswered, { outcome })

const apiKeysPresented = Metric.counter("identity_api_key_requests_total", {
  description: "Requests to the admin API, by what became of their API key",
  incremental: true
})

/** `refused`: no key that is good now and from there. `scope-missing`: a good key without the scope. */
export const apiKeyRequests = (outcome: "accepted" | "refused" | "limited" | "scope-missing") =>
  Metric.withAttributes(apiKeysPresented, { outcome })

export const apiKeysGood = Metric.gauge("identity_api_keys", { description: "API keys that haven't expired" })

/** Seconds since 1970; 0 without keys. */
export const apiKeyExpiry = Metric.gauge("identity_api_key_next_expiry_timestamp_seconds", {
  description: "When the first of the API keys that were used in the last 30 days expires; 0 if there is none"
})

/** Negative if this machine's clock is ahead of the store's. */
export const clockOffset = Metric.gauge("identity_clock_offset_seconds", {
  description: "The database's clock minus that of this machine: negative where the machine is ahead"
})

const pruned = Metric.counter("identity_records_pruned_total", {
  description: "Expired records deleted, by kind",
  incremental: true
})

export const recordsPruned = (
  kind: "session" | "idempotency-key" | "attempt-budget" | "challenge" | "mail" | "audit-entry"
) => Metric.withAttributes(pruned, { kind })

export const pruneSeconds = Metric.histogram("identity_prune_seconds", {
  description: "How long one round of housekeeping took",
  boundaries: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60]
})

/** Seconds since 1970. */
export const pruneCompleted = Metric.gauge("identity_prune_completed_timestamp_seconds", {
  description: "When housekeeping was last completed here, or when this server started"
})

const records = Metric.gauge("identity_records_estimate", {
  description: "Estimated number of records, by kind"
})

export const recordsEstimate = (kind: string) => Metric.withAttributes(records, { kind })

export const schemaPending = Metric.gauge("identity_schema_pending_migrations", {
  description: "Migrations of this release that the database doesn't have yet"
})

export const standbysMissing = Metric.gauge("identity_standbys_missing", {
  description: "Synchronous standbys that don't confirm writes, although every write waits for them"
})

/** Seconds since 1970. */
export const auditVerified = Metric.gauge("identity_audit_verified_timestamp_seconds", {
  description: "When the audit log was last verified here"
})

export const auditBreaks = Metric.gauge("identity_audit_breaks", {
  description: "Places where the audit log was not what its writers left, when it was last verified here"
})

const builds = Metric.gauge("identity_build_info", { description: "1, with the release and its schema" })

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
