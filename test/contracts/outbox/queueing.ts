import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import { ChallengeId } from "../../../src/domain/model/Challenge.ts"
import { MailPurpose } from "../../../src/domain/model/Mail.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { Outbox } from "../../../src/ports/Outbox.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import type { Store } from "../../../src/ports/Stores.ts"
import {
  aMail,
  anAccount,
  anEmail,
  anEvent,
  anInsertion,
  aSession,
  aStart,
  atVersion,
  committing,
  START
} from "../../support/builders.ts"
import { signedUp } from "../session-store/signed-in.ts"
import { queue } from "./waiting.ts"

export const queueingPromises = (it: Vitest.MethodsNonLive<Store>): void => {
  it.effect("a mail of any purpose waits as it was queued, to the millisecond", () =>
    Effect.gen(function*() {
      const outbox = yield* Outbox
      const account = anAccount()
      const mails = MailPurpose.literals.map((purpose) =>
        aMail({
          purpose,
          to: anEmail("grüße@bücher.example"),
          accountId: account.id,
          challengeId: ChallengeId.make(`chl_${account.id.slice(5)}`),
          language: "de-CH",
          details: { displayName: "O'Hara \\ \"Ö\" 🙂", userAgent: "curl/8.0", occurredAt: "2026-03-01T12:00:00.123Z" }
        })
      )
      yield* queue(...mails, aMail())
      for (const mail of mails) assert.deepStrictEqual(yield* outbox.find(mail.id), Option.some(mail))
    }))

  it.effect("a mail that was never queued is not found", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* (yield* Outbox).find(aMail().id), Option.none())
    }))

  it.effect("a change of an account, its deletion, a new session and an end of sessions queue their mails", () =>
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const sessions = yield* SessionStore
      const outbox = yield* Outbox
      const account = yield* signedUp()
      const mails = Array.from({ length: 6 }, () => aMail())
      const [changed, renewed, ended, allEnded, deleted, started] = mails.map((mail) => ({
        audit: anEvent({ account }),
        mails: [mail]
      }))
      assert.isDefined(changed)
      assert.isDefined(renewed)
      assert.isDefined(ended)
      assert.isDefined(allEnded)
      assert.isDefined(deleted)
      const change = { id: account.id, updatedAt: START, endSessions: false }
      yield* accounts.updateAccount({
        ...change,
        precondition: atVersion(1),
        startSession: committing(aStart(aSession(account)), { mails: started?.mails ?? [] }),
        commit: changed
      })
      yield* accounts.updateAccount({ ...change, precondition: atVersion(2), commit: renewed })
      const session = aSession(account)
      yield* sessions.insertSession(aStart(session))
      const end = { accountId: account.id, now: START }
      yield* sessions.endSessions({ ...end, ids: [session.id], commit: ended })
      yield* sessions.endAllSessions({ ...end, commit: allEnded })
      yield* accounts.deleteAccount({
        id: account.id,
        precondition: { _tag: "Exists" },
        now: START,
        commit: deleted
      })
      for (const { id } of mails) assert.isTrue(Option.isSome(yield* outbox.find(id)))
    }))

  it.effect("a mutation that doesn't happen queues nothing", () =>
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const sessions = yield* SessionStore
      const outbox = yield* Outbox
      const account = yield* signedUp()
      const mail = aMail()
      const commit = { audit: anEvent({ account }), mails: [mail] }
      yield* Effect.flip(accounts.insertAccount({ ...anInsertion(anAccount({ email: account.email })), commit }))
      const precondition = atVersion(7)
      yield* Effect.flip(
        accounts.updateAccount({ id: account.id, precondition, updatedAt: START, endSessions: false, commit })
      )
      yield* Effect.flip(accounts.deleteAccount({ id: account.id, precondition, now: START, commit }))
      const session = aSession(account, { epoch: 3 })
      assert.isTrue(Option.isNone(yield* sessions.insertSession(committing(aStart(session), { mails: [mail] }))))
      yield* sessions.endSessions({ accountId: account.id, ids: [session.id], now: START, commit })
      assert.deepStrictEqual(yield* outbox.find(mail.id), Option.none())
    }))

  it.effect("a change that loses its email at the last moment queues nothing", () =>
    Effect.gen(function*() {
      const accounts = yield* AccountStore
      const account = yield* signedUp()
      const taken = yield* signedUp()
      const mail = aMail()
      yield* Effect.flip(accounts.updateAccount({
        id: account.id,
        precondition: { _tag: "Exists" },
        updatedAt: START,
        email: taken.email,
        endSessions: true,
        commit: { audit: anEvent({ account }), mails: [mail] }
      }))
      assert.deepStrictEqual(yield* (yield* Outbox).find(mail.id), Option.none())
    }))
}
