/** Keeps messages instead of sending them, for trials and for tests of applications that embed the services. */
import { Context, Effect, Layer } from "effect"
import { Mailer } from "../../ports/Mailer.ts"
import type { MailMessage } from "../../ports/Mailer.ts"

/** What the mailer was given, the oldest first, with its secrets in clear. */
export class KeptMessages extends Context.Service<KeptMessages, Effect.Effect<ReadonlyArray<MailMessage>>>()(
  "identityd/adapters/mail/MemoryMailer/KeptMessages"
) {}

export const layer: Layer.Layer<KeptMessages | Mailer> = Layer.effectContext(Effect.sync(() => {
  const kept: Array<MailMessage> = []
  const deliver: Mailer["Service"]["deliver"] = (message) =>
    Effect.sync(() => {
      kept.push(message)
      return { _tag: "Accepted" }
    })
  return Context.make(Mailer, Mailer.of({ deliver })).pipe(Context.add(KeptMessages, Effect.sync(() => [...kept])))
}))
