import { assert } from "@effect/vitest"
import type { Vitest } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { CHALLENGE_TRIES_MAX } from "../../../src/domain/model/Challenge.ts"
import type { Challenge } from "../../../src/domain/model/Challenge.ts"
import type { AccountStore } from "../../../src/ports/AccountStore.ts"
import { AuditLog } from "../../../src/ports/AuditLog.ts"
import { ChallengeStore } from "../../../src/ports/ChallengeStore.ts"
import { Outbox } from "../../../src/ports/Outbox.ts"
import { aChallenge, aMail, anAccountId, anEmail, anEvent, START } from "../../support/builders.ts"
import { signedUp } from "../session-store/signed-in.ts"
import { after, isAnswered, NOW, started } from "./started.ts"

type Needed = AccountStore | AuditLog | ChallengeStore | Outbox

const JUST_BEFORE = { milliseconds: 1 }

const attempt = Effect.fnUntraced(function*({ id, purpose }: Challenge, now = NOW) {
  return yield* (yield* ChallengeStore).attempt({ id, purpose, now })
})

const find = Effect.fnUntraced(function*({ id }: Challenge, now = NOW) {
  return yield* (yield* ChallengeStore).find({ id, now })
})

/** What became of the mails of two starts or resends. */
const statusOf = Effect.fnUntraced(function*(mail: ReturnType<typeof aMail>) {
  return Option.getOrThrow(yield* (yield* Outbox).find(mail.id)).status
})

export const challengePromises = (it: Vitest.MethodsNonLive<Needed>): void => {
  it.effect("a challenge is found as it was started, with its account or without", () =>
    Effect.gen(function*() {
      const withAccount = yield* started({ accountId: anAccountId(), credentialEpoch: 7 })
      const without = yield* started({})
      for (const challenge of [withAccount, without]) {
        assert.deepStrictEqual(yield* find(challenge), Option.some(challenge))
        assert.deepStrictEqual(yield* attempt(challenge), Option.some({ challenge, isLast: false }))
      }
    }))

  it.effect("an absent one, one of another purpose and one that is over are none", () =>
    Effect.gen(function*() {
      const challenge = yield* started({})
      const last = DateTime.subtractDuration(after(challenge), JUST_BEFORE)
      for (const none of [aChallenge({}), { ...challenge, purpose: "sign-up" as const }]) {
        assert.deepStrictEqual(yield* attempt(none), Option.none())
      }
      assert.isTrue(Option.isSome(yield* find(challenge, last)) && Option.isSome(yield* attempt(challenge, last)))
      assert.deepStrictEqual(yield* find(challenge, after(challenge)), Option.none())
      assert.deepStrictEqual(yield* attempt(challenge, after(challenge)), Option.none())
    }))

  it.effect("[P5] [ASVS 6.6.3] of fifty tries at the same time five are counted, and the last is known", () =>
    Effect.gen(function*() {
      const challenge = yield* started({})
      const tries = yield* Effect.all(Array.from({ length: 50 }, () => attempt(challenge)), {
        concurrency: "unbounded"
      })
      const counted = tries.filter(Option.isSome)
      assert.lengthOf(counted, CHALLENGE_TRIES_MAX)
      assert.lengthOf(counted.filter(({ value }) => value.isLast), 1)
      assert.deepStrictEqual(yield* find(challenge), Option.none())
    }))

  it.effect("a try that is given back can be made again", () =>
    Effect.gen(function*() {
      const challenge = yield* started({})
      for (let tries = 0; tries < 20; tries++) {
        assert.isTrue(Option.isSome(yield* attempt(challenge)))
        yield* (yield* ChallengeStore).giveBack(challenge.id)
      }
    }))

  it.effect("a start and a resend are recorded, a resend that came too early is not", () =>
    Effect.gen(function*() {
      const store = yield* ChallengeStore
      const log = yield* AuditLog
      const chain = anAccountId()
      const challenge = aChallenge({})
      const recorded = { audit: anEvent({ chain }) }
      yield* store.start({ challenge, commit: recorded })
      const tooEarly = { id: challenge.id, now: START, resendAt: NOW, commit: { audit: anEvent({ chain }) } }
      assert.isFalse(yield* store.resend(tooEarly))
      assert.isTrue(yield* store.resend({ ...tooEarly, now: NOW, resendAt: after(challenge) }))
      assert.lengthOf(yield* log.chains([{ chain, afterSequence: 0, limit: 10 }]), 2)
    }))

  it.effect("of many resends at the same time one succeeds, and none of one that is over", () =>
    Effect.gen(function*() {
      const store = yield* ChallengeStore
      const challenge = yield* started({})
      const resend = (now: DateTime.Utc) =>
        store.resend({
          id: challenge.id,
          now,
          resendAt: DateTime.addDuration(now, "1 minute"),
          commit: { audit: anEvent() }
        })
      const results = yield* Effect.all(Array.from({ length: 10 }, () => resend(NOW)), { concurrency: "unbounded" })
      assert.lengthOf(results.filter((moved) => moved), 1)
      assert.deepStrictEqual(
        Option.map(yield* find(challenge), ({ resendAt }) => resendAt),
        Option.some(DateTime.addDuration(NOW, "1 minute"))
      )
      assert.isFalse(yield* resend(after(challenge)))
    }))

  it.effect("[P6] the mails of a challenge without a place are withheld, and as many are written", () =>
    Effect.gen(function*() {
      const store = yield* ChallengeStore
      const email = anEmail()
      const mails = [aMail(), aMail(), aMail(), aMail()]
      const challenges = yield* Effect.forEach(mails, (mail) => {
        const challenge = aChallenge({ email })
        return Effect.as(store.start({ challenge, commit: { audit: anEvent(), mails: [mail] } }), challenge)
      })
      assert.deepStrictEqual(yield* Effect.forEach(mails, statusOf), ["waiting", "waiting", "waiting", "expired"])
      const again = [aMail(), aMail(), aMail(), aMail()]
      for (const [index, { id }] of challenges.entries()) {
        const commit = { audit: anEvent(), mails: again.slice(index, index + 1) }
        assert.isTrue(yield* store.resend({ id, now: NOW, resendAt: NOW, commit }))
      }
      assert.deepStrictEqual(yield* Effect.forEach(again, statusOf), ["waiting", "waiting", "waiting", "expired"])
    }))

  it.effect("[ASVS 6.4.3] from known devices three more are live, whatever strangers have started", () =>
    Effect.gen(function*() {
      const store = yield* ChallengeStore
      const email = anEmail()
      const mails = Array.from({ length: 8 }, () => aMail())
      yield* Effect.forEach(mails, (mail, index) => {
        const commit = { audit: anEvent(), mails: [mail] }
        return store.start({ challenge: aChallenge({ email }), isFromKnownDevice: index >= 4, commit })
      })
      const statuses = yield* Effect.forEach(mails, statusOf)
      const expected = ["waiting", "waiting", "waiting", "expired"]
      assert.deepStrictEqual(statuses, [...expected, ...expected])
    }))

  it.effect("however many strangers start at the same time, three are live", () =>
    Effect.gen(function*() {
      const store = yield* ChallengeStore
      const email = anEmail()
      const mails = Array.from({ length: 12 }, () => aMail())
      yield* Effect.forEach(
        mails,
        (mail) => store.start({ challenge: aChallenge({ email }), commit: { audit: anEvent(), mails: [mail] } }),
        { concurrency: "unbounded" }
      )
      const statuses = yield* Effect.forEach(mails, statusOf)
      assert.lengthOf(statuses.filter((status) => status === "waiting"), 3)
      assert.lengthOf(statuses.filter((status) => status === "expired"), 9)
    }))

  it.effect("[ASVS 6.5.1] what a holder starts is over when they start another, of that purpose and no other", () =>
    Effect.gen(function*() {
      const account = yield* signedUp()
      const of = { accountId: account.id, credentialEpoch: account.credentialEpoch }
      const first = yield* started({ purpose: "email-verification", ...of })
      const other = yield* started({ purpose: "email-change", ...of })
      const second = yield* started({ purpose: "email-verification", ...of })
      assert.deepStrictEqual(yield* attempt(first), Option.none())
      assert.isFalse(yield* isAnswered(account, first))
      assert.isTrue(yield* isAnswered(account, second))
      assert.isTrue(yield* isAnswered(account, other))
    }))

  it.effect("a holder's live challenge is found by account and purpose, and ended", () =>
    Effect.gen(function*() {
      const store = yield* ChallengeStore
      const account = yield* signedUp()
      const challenge = yield* started({ purpose: "email-change", accountId: account.id, credentialEpoch: 0 })
      const of = { purpose: "email-change" as const, accountId: account.id, now: NOW }
      const found = { ...of, accountIds: [anAccountId(), account.id] }
      assert.deepStrictEqual(yield* store.findOfAccounts(found), [challenge])
      assert.deepStrictEqual(yield* store.findOfAccounts({ ...found, purpose: "email-verification" }), [])
      assert.deepStrictEqual(yield* store.findOfAccounts({ ...found, now: after(challenge) }), [])
      const chain = anAccountId()
      yield* store.endOfAccount({ ...of, commit: { audit: anEvent({ chain }) } })
      yield* store.endOfAccount({ ...of, commit: { audit: anEvent({ chain }) } })
      assert.deepStrictEqual(yield* store.findOfAccounts(found), [])
      assert.isFalse(yield* isAnswered(account, challenge))
      assert.lengthOf(yield* (yield* AuditLog).chains([{ chain, afterSequence: 0, limit: 10 }]), 1)
    }))
}
