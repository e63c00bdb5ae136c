/** The metrics of what people do: sign-ups, sign-ins, sessions, factors, codes. */
import type { AnsweredPurpose, StartedPurpose } from "../../src/domain/model/Challenge.ts"
import type { FactorType } from "../../src/domain/model/Factor.ts"
import type { AttemptAction } from "../../src/domain/model/IdentityErrors.ts"
import type {
  attemptsLimited,
  challengeAnswered,
  ElevationMethod,
  ElevationOutcome,
  EndReason,
  factorsRemovedBy,
  passkeyCeremonies,
  secondFactors,
  signInOutcome
} from "../../src/domain/telemetry/IdentityMetrics.ts"
import type { MetricDescription } from "./Description.ts"
import { valuesOf } from "./label-values.ts"

export const peopleMetrics = {
  identity_accounts_created_total: {
    source: "identity_accounts_created_total",
    type: "counter",
    text: "accounts created"
  },
  identity_sign_ins_total: {
    source: "identity_sign_ins_total",
    type: "counter",
    labels: {
      outcome: valuesOf<Parameters<typeof signInOutcome>[0]>({
        succeeded: "",
        challenged: "asked for a second factor",
        refused: "wrong email, password or code",
        limited: "one guess too many",
        failed: "could not be judged"
      })
    },
    text: "attempts to sign in"
  },
  identity_passkey_ceremonies_total: {
    source: "identity_passkey_ceremonies_total",
    type: "counter",
    labels: {
      kind: valuesOf<Parameters<typeof passkeyCeremonies>[0]>({
        registration: "",
        "sign-in": "",
        "second-factor": "",
        elevation: ""
      }),
      outcome: valuesOf<Parameters<typeof passkeyCeremonies>[1]>({
        started: "a browser was asked",
        succeeded: "",
        suspected: "succeeded, although the authenticator counts fewer uses than before",
        refused: "not genuine, not ours, too late or used before"
      })
    },
    text: "ceremonies of passkeys"
  },
  identity_authorizations_total: {
    source: "identity_authorizations_total",
    type: "counter",
    labels: { outcome: "`allowed`, or the code of the problem, such as `session-required`" },
    text: "requests that gateways asked about at `/authorize`"
  },
  identity_introspections_total: {
    source: "identity_introspections_total",
    type: "counter",
    labels: { outcome: "`active`, `inactive`, or the code of the problem" },
    text: "tokens that programs asked about at `/introspect`"
  },
  identity_second_factors_total: {
    source: "identity_second_factors_total",
    type: "counter",
    labels: {
      type: valuesOf<FactorType>({ totp: "", passkey: "", recovery_codes: "" }),
      outcome: valuesOf<Parameters<typeof secondFactors>[1]>({
        succeeded: "",
        refused: "a wrong code, or one that was used before"
      })
    },
    text: "second factors that people presented, after the right password or to confirm one"
  },
  identity_factors_removed_total: {
    source: "identity_factors_removed_total",
    type: "counter",
    labels: {
      by: valuesOf<Parameters<typeof factorsRemovedBy>[0]>({
        holder: "",
        administrator: "",
        recovery: "the first one of an account whose email was never verified",
        reversal: "that of a change of email"
      })
    },
    text: "second factors that were removed, by whose decision"
  },
  identity_elevations_total: {
    source: "identity_elevations_total",
    type: "counter",
    labels: {
      method: valuesOf<ElevationMethod>({ password: "", totp: "", passkey: "" }),
      outcome: valuesOf<ElevationOutcome>({
        succeeded: "",
        refused: "a wrong proof",
        limited: "one guess too many",
        failed: "could not be judged"
      })
    },
    text: "attempts to prove again who one is, for what needs more than a session"
  },
  identity_attempts_limited_total: {
    source: "identity_attempts_limited_total",
    type: "counter",
    labels: {
      action: valuesOf<AttemptAction>({
        "sign-in": "",
        "confirm-password": "",
        "sign-up": "",
        "change-email": "",
        "request-mail": "",
        "api-key": ""
      }),
      budget: "which of the budgets of [0011](adr/0011-guess-limits.md)",
      outcome: valuesOf<Parameters<typeof attemptsLimited>[2]>({
        "used-up": "the attempt was the last of a budget",
        refused: "it came after that"
      })
    },
    text: "attempts that ran into a limit"
  },
  identity_sessions_started_total: {
    source: "identity_sessions_started_total",
    type: "counter",
    text: "sessions started"
  },
  identity_sessions_ended_total: {
    source: "identity_sessions_ended_total",
    type: "counter",
    labels: {
      reason: valuesOf<EndReason>({
        "sign-out": "",
        revoked: "",
        displaced: "",
        "password-changed": "",
        "password-recovered": "",
        "email-changed": "",
        "factor-added": "",
        "factor-removed": "",
        "account-disabled": "",
        "account-deleted": ""
      })
    },
    text: "live sessions ended"
  },
  identity_challenges_started_total: {
    source: "identity_challenges_started_total",
    type: "counter",
    labels: {
      purpose: valuesOf<StartedPurpose>({
        recovery: "",
        "sign-up": "",
        "sign-in-link": "",
        "email-verification": "",
        "email-change": ""
      })
    },
    text: "mails with a code that were asked for, also for addresses that nobody has"
  },
  identity_challenges_answered_total: {
    source: "identity_challenges_answered_total",
    type: "counter",
    labels: {
      purpose: valuesOf<AnsweredPurpose>({
        recovery: "",
        "sign-up": "",
        "sign-in-link": "",
        "email-verification": "",
        "email-change": "",
        "email-change-reversal": ""
      }),
      outcome: valuesOf<Parameters<typeof challengeAnswered>[1]>({
        succeeded: "",
        refused: "a wrong code",
        over: "too late, or once too often"
      })
    },
    text: "answers to these mails"
  }
} satisfies Record<string, MetricDescription>
