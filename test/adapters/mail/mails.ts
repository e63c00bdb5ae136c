/** Mails and their secrets for tests of their texts. */
import { Redacted } from "effect"
import type { RenderingOptions } from "../../../src/adapters/mail/MailRendering.ts"
import { builtInTemplates } from "../../../src/adapters/mail/templates/MailTemplates.ts"
import { ChallengeId } from "../../../src/domain/model/Challenge.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { MailId, MailPurpose, waitingMail } from "../../../src/domain/model/Mail.ts"
import type { NewMail } from "../../../src/domain/model/Mail.ts"
import { anAccountId, instant } from "../../support/builders.ts"

export const RENDERING: RenderingOptions = {
  templates: builtInTemplates,
  language: "en",
  service: "Example",
  linkUrl: "https://id.example.com/pages/{purpose}"
}

const SECRETS = { code: Redacted.make("12345678"), token: Redacted.make("v1.k1.the-token") }

/** The purposes of mails with something to answer. */
export const ANSWERED: ReadonlyArray<MailPurpose> = [
  "email-verification",
  "recovery",
  "sign-up",
  "sign-in-link",
  "email-change",
  "email-change-notice"
]

export const PURPOSES: ReadonlyArray<MailPurpose> = MailPurpose.literals

export const aMail = (purpose: MailPurpose, fields: Partial<NewMail> = {}) =>
  waitingMail({
    id: MailId.make(`mail_${"0".repeat(25)}`),
    purpose,
    to: Email.make("ada@example.org"),
    accountId: anAccountId(),
    challengeId: ANSWERED.includes(purpose) ? ChallengeId.make(`chl_${"a".repeat(25)}`) : undefined,
    language: undefined,
    details: {
      displayName: "Ada Lovelace",
      userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      ipAddress: "203.0.113.7",
      occurredAt: "2026-03-01T12:00:00.000Z"
    },
    queuedAt: instant("2026-03-01T12:00:01.000Z"),
    giveUpAt: instant("2026-03-02T12:00:01.000Z"),
    ...fields
  })

export const secretsOf = (purpose: MailPurpose) => ANSWERED.includes(purpose) ? SECRETS : undefined
