import { DateTime, Effect, Option } from "effect"
import { Mail } from "../../domain/model/Mail.ts"
import { Outbox } from "../../ports/Outbox.ts"
import type { MailOutcome } from "../../ports/Outbox.ts"
import { atOnce } from "./MemoryState.ts"
import type { MailRecord, MemoryState } from "./MemoryState.ts"

export const make = (state: MemoryState): Outbox["Service"] => {
  const save = (mail: Mail, claimedUntil?: DateTime.Utc): Mail => {
    state.mails.set(mail.id, { mail, claimedUntil })
    return mail
  }
  const waiting = () => [...state.mails.values()].filter(({ mail }) => mail.status === "waiting")

  return Outbox.of({
    claim: atOnce(({ limit, now, until }) =>
      waiting()
        .filter((record) => isFree(record, now) && isBefore(now, record.mail.giveUpAt))
        .map(({ mail }) => mail)
        .filter(({ nextAttemptAt }) => !isBefore(now, nextAttemptAt))
        .toSorted((self, that) => millis(self.nextAttemptAt) - millis(that.nextAttemptAt))
        .slice(0, limit)
        .map((mail) => save(Mail.make({ ...mail, attempts: mail.attempts + 1 }), until))
    ),

    settle: atOnce(({ attempt, id, now, outcome }) => {
      const mail = state.mails.get(id)?.mail
      if (mail?.status !== "waiting" || mail.attempts !== attempt) return false
      save(Mail.make({ ...mail, ...settled(outcome, now) }))
      return true
    }),

    expire: atOnce(({ limit, now }) =>
      waiting()
        .filter((record) => isFree(record, now) && !isBefore(now, record.mail.giveUpAt))
        .slice(0, limit)
        .map(({ mail }) => save(Mail.make({ ...mail, status: "expired", settledAt: now })))
    ),

    retry: atOnce(({ limit, now }) => {
      const chosen = [...state.mails.values()].filter(({ mail }) =>
        isBefore(now, mail.giveUpAt) &&
        (mail.status === "refused" || (mail.status === "waiting" && isBefore(now, mail.nextAttemptAt)))
      ).slice(0, limit)
      for (const { claimedUntil, mail } of chosen) {
        save(Mail.make({ ...mail, status: "waiting", settledAt: undefined, nextAttemptAt: now }), claimedUntil)
      }
      return chosen.length
    }),

    find: (id) => Effect.sync(() => Option.fromUndefinedOr(state.mails.get(id)?.mail))
  })
}

const isBefore = DateTime.isLessThan

const millis = DateTime.toEpochMillis

/** Whether nobody has claimed the mail, or the claim has ended. */
const isFree = ({ claimedUntil }: MailRecord, now: DateTime.Utc): boolean =>
  claimedUntil === undefined || !isBefore(now, claimedUntil)

const settled = (outcome: MailOutcome, now: DateTime.Utc): Partial<Mail> => {
  switch (outcome._tag) {
    case "Sent":
      return { status: "sent", settledAt: now, lastError: undefined }
    case "Refused":
      return { status: "refused", settledAt: now, lastError: outcome.reason }
    case "Failed":
      return { nextAttemptAt: outcome.nextAttemptAt, lastError: outcome.reason }
  }
}
