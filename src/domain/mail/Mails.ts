/**
 * What operators see of mails and do with them: list and show them, try again at once, test the mail server.
 */
import { Context, DateTime, Duration, Effect, Layer, Option } from "effect"
import { instantText } from "../../kernel/InstantText.ts"
import { Directory } from "../../ports/Directory.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { Mailer } from "../../ports/Mailer.ts"
import type { Delivery, MailMessage } from "../../ports/Mailer.ts"
import { Outbox } from "../../ports/Outbox.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { AccountId } from "../model/Account.ts"
import type { Email } from "../model/Email.ts"
import { MailNotFound, MailServerAbsent } from "../model/IdentityErrors.ts"
import type { InvalidCursor, StoreUnavailable } from "../model/IdentityErrors.ts"
import { MailId, waitingMail } from "../model/Mail.ts"
import type { Mail, MailStatus } from "../model/Mail.ts"
import type { Page, PageRequest } from "../model/Page.ts"
import { loadPage } from "../paging/Paging.ts"
import { makeDeliver, makeRender } from "./MailAttempts.ts"

export interface MailFilter {
  readonly accountId: Option.Option<AccountId>
  readonly status: Option.Option<MailStatus>
}

export interface ShownMail {
  readonly mail: Mail
  /** The mail as its reader gets it, with its secrets. */
  readonly message: MailMessage
}

/** How many mails one step of `retry` changes. */
const BATCH = 1000

export class Mails extends Context.Service<Mails, {
  /** Mails, newest first. */
  readonly list: (
    filter: MailFilter,
    page: PageRequest
  ) => Effect.Effect<Page<Mail>, InvalidCursor | StoreUnavailable>

  /** A mail as its reader gets it. The audit log notes who has seen it, because its secrets may still be good. */
  readonly show: (id: MailId) => Effect.Effect<ShownMail, MailNotFound | StoreUnavailable>

  /** Has all waiting and all refused mails that are still of use sent at once. Returns how many they are. */
  readonly retry: Effect.Effect<number, StoreUnavailable>

  /** Sends a test mail and returns what the mail server says. It is not queued. */
  readonly sendTest: (to: Email) => Effect.Effect<Delivery, MailServerAbsent>
}>()("identityd/domain/mail/Mails") {
  static readonly layer = Layer.effect(
    Mails,
    Effect.gen(function*() {
      const directory = yield* Directory
      const outbox = yield* Outbox
      const signer = yield* TokenSigner
      const ids = yield* IdGenerator
      const trail = yield* AuditTrail
      const render = yield* makeRender
      const mailer = yield* Effect.serviceOption(Mailer)

      const list = Effect.fn("Mails.list")((filter: MailFilter, page: PageRequest) =>
        loadPage(signer, {
          name: JSON.stringify(["mails", Option.getOrNull(filter.accountId), Option.getOrNull(filter.status)]),
          position: MailId,
          load: (limit, after) => directory.listMails({ ...filter, limit, after })
        }, page)
      )

      const show = Effect.fn("Mails.show")(function*(id: MailId) {
        const mail = yield* outbox.find(id)
        if (Option.isNone(mail)) return yield* new MailNotFound()
        yield* trail.record({ action: "mail.shown", accountId: mail.value.accountId })
        return { mail: mail.value, message: yield* render(mail.value) }
      })

      const retry = Effect.gen(function*() {
        const now = yield* DateTime.now
        let count = 0
        let changed = BATCH
        while (changed === BATCH) {
          changed = yield* outbox.retry({ now, limit: BATCH })
          count += changed
        }
        return count
      }).pipe(Effect.withSpan("Mails.retry"))

      const sendTest = Effect.fn("Mails.sendTest")(function*(to: Email) {
        if (Option.isNone(mailer)) return yield* new MailServerAbsent()
        const now = yield* DateTime.now
        const mail = waitingMail({
          id: yield* ids.mailId,
          purpose: "test",
          to,
          accountId: undefined,
          challengeId: undefined,
          language: undefined,
          details: { occurredAt: instantText(now) },
          queuedAt: now,
          giveUpAt: DateTime.addDuration(now, Duration.days(1))
        })
        return yield* makeDeliver(render, mailer.value)(mail)
      })

      return Mails.of({ list, show, retry, sendTest })
    })
  )
}
