/** What templates may show, and which files they are. */
import { Record } from "effect"
import type { MailPurpose } from "../../../domain/model/Mail.ts"

/** What every mail may show. What isn't known is empty, so a section around it disappears. */
const ALWAYS = ["service", "email", "display_name", "time", "device", "ip_address"] as const

/** Of mails whose readers have something to answer. */
const ANSWERED_BY_LINK = [...ALWAYS, "link", "lifetime"] as const

const ANSWERED = [...ANSWERED_BY_LINK, "code"] as const

export type TemplateName = typeof ANSWERED[number]

/** The names that the templates of a purpose may use. */
export const templateNames: Readonly<Record<MailPurpose, ReadonlyArray<TemplateName>>> = {
  "email-verification": ANSWERED,
  recovery: ANSWERED,
  "sign-up": ANSWERED,
  "sign-up-known": ALWAYS,
  "sign-in-link": ANSWERED,
  "email-change": ANSWERED,
  "email-change-notice": ANSWERED_BY_LINK,
  "password-changed": ALWAYS,
  "email-changed": ALWAYS,
  "recovery-used": ALWAYS,
  "new-device": ALWAYS,
  "factor-added": ALWAYS,
  "factor-removed": ALWAYS,
  test: ALWAYS
}

/** The three files of a mail, by what follows its purpose. */
export const templateFiles = { subject: "subject.txt", text: "txt", html: "html" } as const

export type TemplatePart = keyof typeof templateFiles

export const templateParts: ReadonlyArray<TemplatePart> = ["subject", "text", "html"]

/** The texts of one mail in one language. */
export type TemplateTexts = Readonly<Record<TemplatePart, string>>

/** The texts of all mails in one language. */
export type LanguageTexts = Readonly<Record<MailPurpose, TemplateTexts>>

export const eachPurpose = (textsFor: (purpose: MailPurpose) => TemplateTexts): LanguageTexts =>
  Record.map(templateNames, (_, purpose) => textsFor(purpose))
