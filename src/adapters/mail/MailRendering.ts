/** Renders mails with templates, in the language of their readers. */
import { DateTime, Duration, Effect, Layer, Redacted } from "effect"
import type { ChallengeSecrets } from "../../domain/model/Challenge.ts"
import type { Mail, MailPurpose } from "../../domain/model/Mail.ts"
import { MailRenderer } from "../../ports/Mailer.ts"
import { describeDevice } from "./DeviceWords.ts"
import { chooseLanguage, renderTexts } from "./templates/MailTemplates.ts"
import type { Templates, View } from "./templates/MailTemplates.ts"

export interface RenderingOptions {
  /** Of every language. */
  readonly templates: Templates
  /** The language of mails whose reader's isn't known or has no templates. One of `templates`. */
  readonly language: string
  /** What readers know the service as. */
  readonly service: string
  /** Where links lead, with `{purpose}` in it. */
  readonly linkUrl: string
}

export const layer = (options: RenderingOptions) =>
  Layer.succeed(MailRenderer, {
    render: Effect.fnUntraced(function*(mail: Mail, secrets: ChallengeSecrets | undefined) {
      const language = chooseLanguage(options.templates, mail.language, options.language)
      const texts = options.templates.get(language)?.[mail.purpose]
      if (texts === undefined) return yield* Effect.die(`there are no templates in ${language}`)
      return {
        id: mail.id,
        to: mail.to,
        queuedAt: mail.queuedAt,
        language,
        ...renderTexts(texts, viewOf(mail, secrets, language, options))
      }
    })
  })

const viewOf = (
  mail: Mail,
  secrets: ChallengeSecrets | undefined,
  language: string,
  options: RenderingOptions
): View => {
  const { displayName = "", ipAddress = "", occurredAt, userAgent } = mail.details
  return {
    service: options.service,
    email: mail.to,
    display_name: displayName,
    time: occurredAt === undefined ? "" : instantIn(language, DateTime.makeUnsafe(occurredAt)),
    device: userAgent === undefined ? "" : describeDevice(userAgent),
    ip_address: ipAddress,
    lifetime: spanIn(language, DateTime.distance(mail.queuedAt, mail.giveUpAt)),
    code: secrets === undefined ? "" : Redacted.value(secrets.code),
    link: secrets === undefined || mail.challengeId === undefined
      ? ""
      : linkTo(options.linkUrl, mail.purpose, mail.challengeId, secrets)
  }
}

/** The notice of a change leads to its reversal. Every other link answers what its mail is about. */
const pageOf = (purpose: MailPurpose): string => purpose === "email-change-notice" ? "email-change-reversal" : purpose

/** The answer is in the fragment, which browsers don't send. So it is in no log of a server or proxy (ASVS 14.2.1). */
const linkTo = (linkUrl: string, purpose: MailPurpose, challenge: string, { token }: ChallengeSecrets): string =>
  `${linkUrl.replaceAll("{purpose}", pageOf(purpose))}#id=${challenge}&token=${Redacted.value(token)}`

const instantIn = (language: string, instant: DateTime.Utc): string =>
  `${DateTime.formatUtc(instant, { locale: language, dateStyle: "long", timeStyle: "short" })} UTC`

/** In the largest unit that fits, rounded down: `72 hours`, `10 minutes`. */
const spanIn = (language: string, span: Duration.Duration): string => {
  const minutes = Math.max(1, Math.floor(Duration.toMinutes(span)))
  const [amount, unit] = minutes < 60 ? [minutes, "minute"] as const : [Math.floor(minutes / 60), "hour"] as const
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(amount)
}
