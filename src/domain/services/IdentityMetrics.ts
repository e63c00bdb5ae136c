/**
 * What the services count. The composition decides where the numbers go.
 */
import { Metric } from "effect"

export const accountsCreated = Metric.counter("identity_accounts_created_total", {
  description: "Accounts created",
  incremental: true
})

const signIns = Metric.counter("identity_sign_ins_total", {
  description: "Attempts to sign in, by outcome",
  incremental: true
})

/** `refused` is a wrong email or password; `failed` is an attempt that could not be judged. */
export const signInOutcome = (outcome: "succeeded" | "refused" | "failed") =>
  Metric.withAttributes(signIns, { outcome })

export const sessionsStarted = Metric.counter("identity_sessions_started_total", {
  description: "Sessions started",
  incremental: true
})

const sessionsEnded = Metric.counter("identity_sessions_ended_total", {
  description: "Live sessions ended, by reason",
  incremental: true
})

export type EndReason = "sign-out" | "revoked" | "account-disabled"

export const sessionsEndedBy = (reason: EndReason) => Metric.withAttributes(sessionsEnded, { reason })
