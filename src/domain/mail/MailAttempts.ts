/**
 * One attempt to send a mail that has been claimed: render it, hand it to the mail server, note the outcome.
 *
 * An attempt never fails, and ends in time. What goes wrong with it is an outcome like others.
 */
import { Cause, Clock, DateTime, Duration, Effect, Metric, Schedule } from "effect"
import * as Announcer from "../../kernel/Announcer.ts"
import { Mailer, MailRenderer } from "../../ports/Mailer.ts"
import type { Delivery } from "../../ports/Mailer.ts"
import { Outbox } from "../../ports/Outbox.ts"
import type { MailOutcome } from "../../ports/Outbox.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import type { ChallengePurpose } from "../model/Challenge.ts"
import type { Mail, MailPurpose } from "../model/Mail.ts"
import { mailAttemptSeconds, mailsBy } from "../telemetry/IdentityMetrics.ts"
import { nextAttempt } from "./MailSchedule.ts"

/** The longest that an attempt takes. */
export const ATTEMPT_MAX = Duration.seconds(20)

const failed = (reason: string): Delivery => ({ _tag: "Failed", reason })

/** The purpose that the secrets in a mail are derived from; undefined if it has none. */
const challengePurposes: Readonly<Record<MailPurpose, ChallengePurpose | undefined>> = {
  "email-verification": "email-verification",
  recovery: "recovery",
  "sign-up": "sign-up",
  "sign-up-known": undefined,
  "sign-in-link": "sign-in-link",
  "email-change": "email-change",
  "email-change-notice": "email-change-reversal",
  "password-changed": undefined,
  "email-changed": undefined,
  "recovery-used": undefined,
  "new-device": undefined,
  "factor-added": undefined,
  "factor-removed": undefined,
  test: undefined
}

/** Renders a mail with the secrets of its challenge. */
export const makeRender = Effect.gen(function*() {
  const renderer = yield* MailRenderer
  const signer = yield* TokenSigner
  return Effect.fnUntraced(function*(mail: Mail) {
    const purpose = challengePurposes[mail.purpose]
    const secrets = purpose === undefined || mail.challengeId === undefined
      ? undefined
      : yield* signer.signChallenge(purpose, mail.challengeId)
    return yield* renderer.render(mail, secrets)
  })
})

/** Renders a mail and hands it to the mail server. Only this part is interrupted when the time is up. */
export const makeDeliver =
  (render: Effect.Success<typeof makeRender>, mailer: Mailer["Service"]) => (mail: Mail): Effect.Effect<Delivery> =>
    Effect.flatMap(render(mail), mailer.deliver).pipe(
      Effect.timeoutOrElse({
        duration: ATTEMPT_MAX,
        orElse: () => Effect.succeed(failed(`takes longer than ${Duration.toSeconds(ATTEMPT_MAX)} seconds`))
      }),
      Effect.catchDefect((defect) =>
        Effect.as(
          Effect.logError("A mail can't be rendered or sent", Cause.die(defect)),
          failed("was given nothing, because of an error of ours")
        )
      ),
      Effect.trackDuration(mailAttemptSeconds, (duration) => Duration.toSeconds(duration))
    )

export const makeAttempt = Effect.gen(function*() {
  const outbox = yield* Outbox
  const deliver = makeDeliver(yield* makeRender, yield* Mailer)
  const clock = yield* Clock.Clock
  const announce = Announcer.atMostEvery(WARNING_PAUSE, () => clock.monotonicTimeNanosUnsafe())

  const warn = (mail: Mail, { reason }: { readonly reason: string }) =>
    announce(
      Effect.logWarning("A mail was not accepted").pipe(
        Effect.annotateLogs({ "mail.id": mail.id, "mail.purpose": mail.purpose, "mail.reason": reason })
      )
    )

  return Effect.fn("Mails.attempt")(function*(mail: Mail) {
    yield* Effect.annotateCurrentSpan({ "mail.id": mail.id, "mail.purpose": mail.purpose })
    const delivery = yield* deliver(mail)
    const now = yield* DateTime.now
    const outcome = outcomeOf(mail, delivery, now)
    if (outcome._tag !== "Sent") yield* warn(mail, outcome)
    yield* Metric.update(mailsBy(mail.purpose, outcomes[outcome._tag]), 1)
    // If the outcome can't be noted, the mail is sent once more when its claim ends.
    yield* Effect.ignore(Effect.retry(outbox.settle({ id: mail.id, attempt: mail.attempts, now, outcome }), AGAIN))
  })
})

const outcomeOf = (mail: Mail, delivery: Delivery, now: DateTime.Utc): MailOutcome => {
  switch (delivery._tag) {
    case "Accepted":
      return { _tag: "Sent" }
    case "Refused":
      return delivery
    case "Failed":
      return { ...delivery, nextAttemptAt: nextAttempt(mail, now) }
  }
}

const outcomes = { Sent: "sent", Refused: "refused", Failed: "failed" } as const

/** How often and how long a settlement is tried again. */
const AGAIN = { schedule: Schedule.spaced(Duration.seconds(1)), times: 5 }

/** The pause between two warnings, in nanoseconds. When a mail server is away, every attempt would deserve one. */
const WARNING_PAUSE = 60_000_000_000n
