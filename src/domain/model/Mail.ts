import { Schema } from "effect"
import { AccountId } from "./Account.ts"
import { ChallengeId } from "./Challenge.ts"
import { Email } from "./Email.ts"
import { recordId } from "./RecordId.ts"

/** `mail_` and a UUIDv7 in 25 base36 digits, so that ids sort by time. */
export const MailId = recordId("mail", "a mail id").pipe(Schema.brand("MailId"))
export type MailId = typeof MailId.Type

/** What a mail is for. Templates are named after it. */
export const MailPurpose = Schema.Literals([
  "email-verification",
  "recovery",
  "sign-up",
  /** Answers a sign-up with an address that has an account already. */
  "sign-up-known",
  "sign-in-link",
  "email-change",
  /** Notifies the old address, and carries the token of the reversal. */
  "email-change-notice",
  "password-changed",
  "email-changed",
  "recovery-used",
  "new-device",
  "factor-added",
  "factor-removed",
  "test"
])
export type MailPurpose = typeof MailPurpose.Type

/** The languages in which mails and the pages that they link to are written here, as BCP 47 tags. */
export const builtInLanguages = ["en", "de"] as const
export type BuiltInLanguage = typeof builtInLanguages[number]

/** A mail waits until it is sent, refused for good, or too old to be of use. */
export const MailStatus = Schema.Literals(["waiting", "sent", "refused", "expired"])
export type MailStatus = typeof MailStatus.Type

/**
 * What a template may show besides the address and the secrets of a challenge, as texts. `occurredAt` is RFC 3339. None
 * of it is a secret.
 */
export const MailDetails = Schema.Struct({
  displayName: Schema.optionalKey(Schema.String),
  userAgent: Schema.optionalKey(Schema.String),
  ipAddress: Schema.optionalKey(Schema.String),
  occurredAt: Schema.optionalKey(Schema.String)
})
export type MailDetails = typeof MailDetails.Type

/**
 * A mail to one person. It is stored without its text, because codes and tokens are derived only while it is rendered.
 *
 * `attempts` counts those that have begun, whatever became of them. `settledAt` is when the mail stopped waiting.
 * `lastError` says why the last attempt failed: it continues "The mail server".
 */
export class Mail extends Schema.Class<Mail>("identityd/domain/model/Mail")({
  id: MailId,
  purpose: MailPurpose,
  to: Email,
  accountId: Schema.UndefinedOr(AccountId),
  /** The challenge whose code and token the mail carries. */
  challengeId: Schema.UndefinedOr(ChallengeId),
  /** A BCP 47 tag; undefined for the service's own language. */
  language: Schema.UndefinedOr(Schema.String),
  details: MailDetails,
  queuedAt: Schema.DateTimeUtc,
  /** The first instant at which the mail is of no use any more. */
  giveUpAt: Schema.DateTimeUtc,
  status: MailStatus,
  attempts: Schema.Int,
  nextAttemptAt: Schema.DateTimeUtc,
  settledAt: Schema.UndefinedOr(Schema.DateTimeUtc),
  lastError: Schema.UndefinedOr(Schema.String)
}) {}

/** What is known of a mail before it is queued. */
export type NewMail = Pick<
  Mail,
  "accountId" | "challengeId" | "details" | "giveUpAt" | "id" | "language" | "purpose" | "queuedAt" | "to"
>

/**
 * A mail that is never sent. It is written for addresses that nobody has, so that those who ask can't tell from the
 * time whether somebody is mailed.
 */
export const withheldMail = (mail: Mail): Mail => Mail.make({ ...mail, status: "expired", settledAt: mail.queuedAt })

/** A mail that waits for its first attempt, which is due at once. */
export const waitingMail = (mail: NewMail): Mail =>
  Mail.make({
    ...mail,
    status: "waiting",
    attempts: 0,
    nextAttemptAt: mail.queuedAt,
    settledAt: undefined,
    lastError: undefined
  })
