/** A mail server that a test commands, and what it was given. */
import { DateTime, Effect, Layer, Redacted } from "effect"
import type { Mail } from "../../src/domain/model/Mail.ts"
import { Mailer, MailRenderer } from "../../src/ports/Mailer.ts"
import type { Delivery, MailMessage } from "../../src/ports/Mailer.ts"

export const ACCEPTED: Delivery = { _tag: "Accepted" }

export interface CommandedMailServer {
  /** The answer to a message. */
  answer: (message: MailMessage) => Effect.Effect<Delivery>
  /** What it was given, and when. */
  readonly deliveries: Array<{ readonly message: MailMessage; readonly at: DateTime.Utc }>
}

export const commandedServer = (answer: CommandedMailServer["answer"] = () => Effect.succeed(ACCEPTED)) => {
  const server: CommandedMailServer = { answer, deliveries: [] }
  const mailer = Layer.succeed(
    Mailer,
    Mailer.of({
      deliver: Effect.fnUntraced(function*(message) {
        server.deliveries.push({ message, at: yield* DateTime.now })
        return yield* server.answer(message)
      })
    })
  )
  return { server, mailer }
}

/** Says what a mail is about, and its secrets. */
export const plainRenderer = Layer.succeed(
  MailRenderer,
  MailRenderer.of({
    render: ({ id, language = "en", purpose, queuedAt, to }: Mail, secrets) => {
      const text = secrets === undefined ? "" : `${Redacted.value(secrets.code)} ${Redacted.value(secrets.token)}`
      return Effect.succeed({ id, to, queuedAt, language, subject: purpose, text, html: "" })
    }
  })
)
