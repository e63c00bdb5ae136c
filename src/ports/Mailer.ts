/**
 * Turns mails into messages, and hands messages to a mail server.
 *
 * The texts for people, their languages and the links belong to the adapter. A composition without a mail server has a
 * `MailRenderer` alone.
 */
import { Context } from "effect"
import type { DateTime, Effect } from "effect"
import type { ChallengeSecrets } from "../domain/model/Challenge.ts"
import type { Email } from "../domain/model/Email.ts"
import type { Mail, MailId } from "../domain/model/Mail.ts"

/** A rendered mail. It contains the secrets in clear, so it is neither stored nor logged. */
export interface MailMessage {
  readonly id: MailId
  readonly to: Email
  readonly queuedAt: DateTime.Utc
  /** A BCP 47 tag. */
  readonly language: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

export class MailRenderer extends Context.Service<MailRenderer, {
  /** The secrets are those of the mail's challenge; undefined if it has none. The same mail always looks the same. */
  readonly render: (mail: Mail, secrets: ChallengeSecrets | undefined) => Effect.Effect<MailMessage>
}>()("identityd/ports/Mailer/MailRenderer") {}

/**
 * What became of a message. Reasons continue "The mail server". They name its code if there is one, and contain neither
 * a secret nor the recipient.
 */
export type Delivery =
  /** The server has taken responsibility for it. */
  | { readonly _tag: "Accepted" }
  /** The server refuses this message for good (5xx). A server that refuses to talk to us at all has only failed. */
  | { readonly _tag: "Refused"; readonly reason: string }
  /** Not accepted now (4xx), not reached, or cut off: the server may have it or not. */
  | { readonly _tag: "Failed"; readonly reason: string }

export class Mailer extends Context.Service<Mailer, {
  /**
   * Hands a message to the mail server. A message with the same id has the same `Message-ID` at every attempt. The
   * caller limits how long this takes by interrupting it, and then counts it as failed.
   */
  readonly deliver: (message: MailMessage) => Effect.Effect<Delivery>
}>()("identityd/ports/Mailer") {}
