/** How commands print mails. */
import { Option } from "effect"
import type { ShownMail } from "../../../domain/mail/Mails.ts"
import type { Mail } from "../../../domain/model/Mail.ts"
import type { Page } from "../../../domain/model/Page.ts"
import type { CommandResult } from "./Output.ts"
import { properties, table } from "./Table.ts"

const mailResource = (mail: Mail) => ({
  id: mail.id,
  purpose: mail.purpose,
  to: mail.to,
  account_id: mail.accountId ?? null,
  status: mail.status,
  attempts: mail.attempts,
  queued_at: mail.queuedAt,
  next_attempt_at: mail.status === "waiting" ? mail.nextAttemptAt : null,
  give_up_at: mail.giveUpAt,
  settled_at: mail.settledAt ?? null,
  last_error: mail.lastError ?? null
})

export const describeMails = ({ items, next }: Page<Mail>): CommandResult => ({
  json: { mails: items.map(mailResource), next: Option.getOrNull(next) },
  text: table(
    ["ID", "PURPOSE", "TO", "STATUS", "ATTEMPTS", "QUEUED", "LAST ERROR"],
    items.map((mail) => [
      mail.id,
      mail.purpose,
      mail.to,
      mail.status,
      String(mail.attempts),
      mail.queuedAt,
      mail.lastError ?? "-"
    ]),
    { whole: ["ID", "STATUS", "QUEUED"], spare: ["ATTEMPTS", "QUEUED", "TO", "PURPOSE", "LAST ERROR"] }
  ),
  quiet: items.map(({ id }) => id).join("\n")
})

/** The facts about a mail, then its text as readers get it. */
export const describeMail = ({ mail, message }: ShownMail): CommandResult => ({
  json: { ...mailResource(mail), subject: message.subject, text: message.text, html: message.html },
  text: (view) =>
    `${
      properties([
        ["id", mail.id],
        ["to", mail.to],
        ["status", mail.status],
        ["attempts", String(mail.attempts)],
        ["queued", mail.queuedAt],
        ["last error", mail.lastError ?? "-"],
        ["subject", message.subject]
      ])(view)
    }\n\n${message.text.trimEnd()}`,
  quiet: message.text.trimEnd()
})
