/**
 * Notifies the holder of an account of what happened to it, so that somebody who took it over is noticed (ASVS 6.3.7).
 *
 * Notices are made for the commit of what happened, and sent later. They go to the address that the account had before.
 */
import { Context, DateTime, Duration, Effect, Layer } from "effect"
import { instantText } from "../../kernel/InstantText.ts"
import type { Commit } from "../../ports/Commit.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { GuessLimits } from "../limits/GuessLimits.ts"
import type { Account } from "../model/Account.ts"
import { isOperator } from "../model/Audit.ts"
import { Caller } from "../model/Caller.ts"
import type { Challenge } from "../model/Challenge.ts"
import type { Email } from "../model/Email.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"
import { waitingMail } from "../model/Mail.ts"
import type { Mail, MailDetails } from "../model/Mail.ts"
import type { Client } from "../model/Session.ts"

/** Whether holders are notified. `off` where nothing sends mails. */
export const NoticePolicy = Context.Reference<"on" | "off">("identityd/domain/mail/NoticePolicy", {
  defaultValue: () => "off"
})

/** A notice that couldn't be sent for this long is given up. */
const LIFETIME = Duration.days(3)

/** How long an account is new itself. */
const YOUTH = Duration.hours(1)

export interface Notice {
  readonly purpose:
    | "email-changed"
    | "factor-added"
    | "factor-removed"
    | "new-device"
    | "password-changed"
    | "recovery-used"
  /** The account before the change. */
  readonly account: Account
  /** The program that made the change, if the holder did it. */
  readonly userAgent?: string | undefined
}

/** A notice, with what may differ from most others. */
interface Told extends Omit<Notice, "purpose">, Partial<Pick<Mail, "challengeId" | "giveUpAt" | "to">> {
  readonly purpose: Notice["purpose"] | "email-change-notice"
}

export interface EmailChangeNotice {
  /** The account before the change. */
  readonly account: Account
  readonly email: Email
  readonly reversal: Challenge
  readonly userAgent: string | undefined
}

export class Notices extends Context.Service<Notices, {
  /**
   * The member of a commit that notifies the holder of what the current caller does now. Empty while notices are off.
   */
  readonly of: (notice: Notice) => Effect.Effect<Pick<Commit, "mails">>

  /**
   * The same for a confirmed change of email. The old address is notified while notices are off, too, because its
   * mail carries the token of the reversal. The new address is notified as well.
   */
  readonly ofEmailChange: (change: EmailChangeNotice) => Effect.Effect<Pick<Commit, "mails">>

  /**
   * The same for a sign-in from a device that is new to the account (ASVS 6.3.5). Empty in the first hour of an
   * account, when every device is new, and beyond the limit: programs that keep no device would cause a mail at every
   * sign-in.
   */
  readonly ofNewDevice: (account: Account, client: Client) => Effect.Effect<Pick<Commit, "mails">, StoreUnavailable>
}>()("identityd/domain/mail/Notices") {
  static readonly layer = Layer.effect(
    Notices,
    Effect.gen(function*() {
      const ids = yield* IdGenerator
      const policy = yield* NoticePolicy
      const limits = yield* GuessLimits

      const noticeOf = Effect.fnUntraced(function*({ account, userAgent, ...told }: Told) {
        const { actor, clientAddress } = yield* Caller
        const now = yield* DateTime.now
        const details: MailDetails = {
          displayName: account.displayName,
          occurredAt: instantText(now),
          ...(userAgent === undefined ? {} : { userAgent }),
          ...(clientAddress === undefined || isOperator(actor) ? {} : { ipAddress: clientAddress })
        }
        return waitingMail({
          id: yield* ids.mailId,
          to: account.email,
          accountId: account.id,
          challengeId: undefined,
          language: undefined,
          details,
          queuedAt: now,
          giveUpAt: DateTime.addDuration(now, LIFETIME),
          ...told
        })
      })

      const of = Effect.fnUntraced(function*(notice: Notice) {
        return policy === "off" ? {} : { mails: [yield* noticeOf(notice)] }
      })

      const ofEmailChange = Effect.fnUntraced(function*({ account, email, reversal, userAgent }: EmailChangeNotice) {
        const { expiresAt, id } = reversal
        const told = { account, userAgent, challengeId: id, giveUpAt: expiresAt }
        const mails = [yield* noticeOf({ ...told, purpose: "email-change-notice" })]
        if (policy === "on") mails.push(yield* noticeOf({ account, userAgent, purpose: "email-changed", to: email }))
        return { mails }
      })

      const ofNewDevice = Effect.fnUntraced(function*(account: Account, { userAgent }: Client) {
        const isYoung = DateTime.isLessThan(yield* DateTime.now, DateTime.addDuration(account.createdAt, YOUTH))
        if (policy === "off" || isYoung || !(yield* limits.admitsNotice(account.id))) return {}
        return yield* of({ purpose: "new-device", account, userAgent })
      })

      return Notices.of({ of, ofEmailChange, ofNewDevice })
    })
  )
}
