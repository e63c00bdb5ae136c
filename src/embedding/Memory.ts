/**
 * All services in the memory of one process, for trials and for tests of applications that embed them. Accounts and
 * sessions end with the layer. Mails are kept.
 */
import { Context, DateTime, Effect, Layer } from "effect"
import * as ZxcvbnPasswordBlocklist from "../adapters/blocklist/ZxcvbnPasswordBlocklist.ts"
import * as EphemeralCrypto from "../adapters/crypto/EphemeralCrypto.ts"
import * as MailRendering from "../adapters/mail/MailRendering.ts"
import * as MemoryMailer from "../adapters/mail/MemoryMailer.ts"
import { builtInTemplates } from "../adapters/mail/templates/MailTemplates.ts"
import * as MemoryStores from "../adapters/memory/MemoryStores.ts"
import * as SimpleWebAuthnPasskeyVerifier from "../adapters/webauthn/SimpleWebAuthnPasskeyVerifier.ts"
import * as Core from "../domain/Core.ts"
import { ATTEMPT_MAX, makeAttempt } from "../domain/mail/MailAttempts.ts"
import { NoticePolicy } from "../domain/mail/Notices.ts"
import type { StoreUnavailable } from "../domain/model/IdentityErrors.ts"
import type { MailMessage } from "../ports/Mailer.ts"
import { Outbox } from "../ports/Outbox.ts"
import { Stores } from "../ports/Stores.ts"

/** The mails that a server would have sent. */
export class SentMails extends Context.Service<SentMails, {
  /** All of them, the oldest first, with their codes and links in clear. Links lead to `https://app.example`. */
  readonly all: Effect.Effect<ReadonlyArray<MailMessage>, StoreUnavailable>
}>()("identityd/embedding/Memory/SentMails") {}

// Nothing runs in the background: what waits is sent when somebody looks.
const sentMails = Layer.effect(
  SentMails,
  Effect.gen(function*() {
    const outbox = yield* Outbox
    const attempt = yield* makeAttempt
    const kept = yield* MemoryMailer.KeptMessages
    const all = Effect.gen(function*() {
      const now = yield* DateTime.now
      const claim = { now, until: DateTime.addDuration(now, ATTEMPT_MAX), limit: Number.MAX_SAFE_INTEGER }
      yield* Effect.forEach(yield* outbox.claim(claim), attempt, { discard: true })
      return yield* kept
    })
    return SentMails.of({ all })
  })
).pipe(
  Layer.provide(MailRendering.layer({
    templates: builtInTemplates,
    language: "en",
    service: "identity",
    linkUrl: "https://app.example/{purpose}"
  })),
  Layer.provide([MemoryMailer.layer, Stores.each])
)

/**
 * All services. They follow `PasswordPolicy` and `SessionPolicy` when those are provided. Passkeys can be used on pages
 * of `http://localhost`.
 */
export const layer: Layer.Layer<Core.Services | SentMails> = Layer.merge(Core.layer, sentMails).pipe(
  Layer.provide([
    MemoryStores.layer,
    EphemeralCrypto.layer,
    ZxcvbnPasswordBlocklist.layer,
    Layer.succeed(NoticePolicy, "on"),
    SimpleWebAuthnPasskeyVerifier.layer({ id: "localhost", name: "localhost", origins: ["http://localhost"] })
  ])
)
