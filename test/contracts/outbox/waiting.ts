/** Lets mails wait, as the start of tests about them. */
import { DateTime, Effect } from "effect"
import type { Duration } from "effect"
import { waitingMail } from "../../../src/domain/model/Mail.ts"
import type { Mail, NewMail } from "../../../src/domain/model/Mail.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { Outbox } from "../../../src/ports/Outbox.ts"
import type { MailOutcome } from "../../../src/ports/Outbox.ts"
import { aMail, anAccount, anInsertion, committing, START } from "../../support/builders.ts"

let days = 0

/** A day of its own for each test: the mails of earlier days are of no use any more. */
export const newDay = (): DateTime.Utc => DateTime.addDuration(START, `${days += 2} days`)

export const after = (instant: DateTime.Utc, duration: Duration.Input) => DateTime.addDuration(instant, duration)

export const queue = Effect.fnUntraced(function*(...mails: ReadonlyArray<Mail>) {
  const accounts = yield* AccountStore
  yield* accounts.insertAccount(committing(anInsertion(anAccount()), { mails }))
})

/** A mail that waits since an instant. */
export const queued = Effect.fnUntraced(function*(queuedAt: DateTime.Utc, fields: Partial<NewMail> = {}) {
  const mail = aMail({ queuedAt, ...fields })
  yield* queue(mail)
  return mail
})

export const claimAt = Effect.fnUntraced(function*(now: DateTime.Utc, limit = 100) {
  const outbox = yield* Outbox
  return yield* outbox.claim({ now, until: after(now, "30 seconds"), limit })
})

export const settle = Effect.fnUntraced(function*({ attempts, id }: Mail, now: DateTime.Utc, outcome: MailOutcome) {
  const outbox = yield* Outbox
  return yield* outbox.settle({ id, attempt: attempts, now, outcome })
})

/** A mail after its first attempt at that instant. */
export const attempted = Effect.fnUntraced(function*(now: DateTime.Utc, outcome: MailOutcome) {
  const mail = yield* queued(now)
  const [claimed = waitingMail(mail)] = yield* claimAt(now)
  yield* settle(claimed, now, outcome)
  return claimed
})
