/** What mails need: the mail server, if one is configured, and what makes mails out of templates. */
import { Effect, Layer, Redacted, Result } from "effect"
import * as MailRendering from "../src/adapters/mail/MailRendering.ts"
import { readAuthorities } from "../src/adapters/mail/MailSettings.ts"
import * as SmtpMailer from "../src/adapters/mail/SmtpMailer.ts"
import { parse as parseSmtpUrl } from "../src/adapters/mail/SmtpUrl.ts"
import { builtInTemplates } from "../src/adapters/mail/templates/MailTemplates.ts"
import * as TemplateFolder from "../src/adapters/mail/templates/TemplateFolder.ts"
import type { Settings } from "./settings.ts"

/** What people know the service by. */
export const serviceName = ({ IDENTITY_MAIL_FROM: from, IDENTITY_PUBLIC_URL: publicUrl }: Settings) =>
  from?.name || new URL(publicUrl).hostname

/** How mails are sent; undefined without a mail server. The settings have been checked. */
export const smtpOptions = Effect.fnUntraced(function*(settings: Settings) {
  const { IDENTITY_MAIL_FROM: from, IDENTITY_SMTP_CA: ca, IDENTITY_SMTP_TLS: tls, IDENTITY_SMTP_URL: url } = settings
  if (url === undefined || from === undefined) return undefined
  const options: SmtpMailer.SmtpOptions = {
    server: Result.getOrThrow(parseSmtpUrl(Redacted.value(url))),
    from,
    tls,
    ca: ca === undefined ? undefined : yield* Effect.orDie(readAuthorities(ca))
  }
  return options
})

/** What makes mails out of templates. */
export const mailRenderer = (settings: Settings) =>
  Layer.unwrap(Effect.gen(function*() {
    const { IDENTITY_MAIL_TEMPLATES: folder, IDENTITY_PUBLIC_URL: publicUrl } = settings
    const found = folder === undefined ? undefined : yield* Effect.orDie(TemplateFolder.read(folder))
    return MailRendering.layer({
      templates: found?.templates ?? builtInTemplates,
      language: settings.IDENTITY_MAIL_LANGUAGE,
      service: serviceName(settings),
      linkUrl: settings.IDENTITY_MAIL_LINK_URL ?? `${publicUrl}/pages/{purpose}`
    })
  }))

/** The mail server, if there is one. */
export const mailer = (settings: Settings) =>
  Layer.unwrap(
    Effect.map(
      smtpOptions(settings),
      (options): Layer.Layer<never> => options === undefined ? Layer.empty : SmtpMailer.layer(options)
    )
  )
