/** Deliveries of one message to a test's mail server. */
import { Effect, Redacted } from "effect"
import * as SmtpMailer from "../../../src/adapters/mail/SmtpMailer.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { MailId } from "../../../src/domain/model/Mail.ts"
import type { MailMessage } from "../../../src/ports/Mailer.ts"
import { instant } from "../../support/builders.ts"
import type { TestMailServer } from "./TestMailServer.ts"

const FROM = { name: "Example, accounts", address: "accounts@example.com" }

export const CREDENTIALS = { user: "sender", password: Redacted.make("p%40ss:word") }

export const aMessage = (fields: Partial<MailMessage> = {}): MailMessage => ({
  id: MailId.make(`mail_${"0".repeat(25)}`),
  to: Email.make("ada@example.org"),
  queuedAt: instant("2026-03-01T12:00:00.000Z"),
  language: "de",
  subject: "Bestätigen Sie Ihre Adresse",
  text: "Guten Tag,\n\nIhr Code ist 12345678.\n",
  html: "<!doctype html><p>Guten Tag, Ihr Code ist <b>12345678</b>.</p>",
  ...fields
})

export const mailer = ({ ca, port }: TestMailServer, options: Partial<SmtpMailer.SmtpOptions> = {}) =>
  SmtpMailer.make({
    server: { host: "127.0.0.1", port, implicitTls: false, credentials: undefined },
    from: FROM,
    tls: "required",
    ca,
    ...options
  })

export const deliverOnce = Effect.fnUntraced(function*(
  server: TestMailServer,
  options?: Partial<SmtpMailer.SmtpOptions>,
  message = aMessage()
) {
  const { deliver } = yield* mailer(server, options)
  return yield* deliver(message)
})

export const ACCEPTED = { _tag: "Accepted" } as const
