import { assert, describe, layer } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { TestClock } from "effect/testing"
import { OwnAccount } from "../../src/domain/accounts/OwnAccount.ts"
import { isElevated } from "../../src/domain/model/Session.ts"
import { Elevations } from "../../src/domain/sessions/Elevations.ts"
import type { SessionWithAccount } from "../../src/ports/SessionStore.ts"
import { anEmail } from "../support/builders.ts"
import { amid, changePassword, countOf, endSessions, rename } from "../support/interference.ts"
import { valuesBy, withOwnMetrics } from "../support/metrics.ts"
import { aPassword, CLIENT, isAccepted, signedIn } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const elevate = Effect.fnUntraced(function*(caller: SessionWithAccount, text?: string) {
  const elevations = yield* Elevations
  return yield* elevations.byPassword(caller, yield* aPassword(text))
})

const elevated = Effect.flatMap(signedIn, (caller) => elevate(caller))

interface ConfirmedDeed {
  readonly deed: string
  readonly run: (
    caller: SessionWithAccount
  ) => Effect.Effect<void, { readonly _tag: string }, OwnAccount>
}

/** What a stolen session must not do. */
const confirmed: ReadonlyArray<ConfirmedDeed> = [
  {
    deed: "changing the email",
    run: Effect.fnUntraced(function*(caller: SessionWithAccount) {
      const own = yield* OwnAccount
      yield* own.change(caller, { expectedVersion: "any", email: anEmail() })
    })
  },
  {
    deed: "changing the password",
    run: Effect.fnUntraced(function*(caller: SessionWithAccount) {
      const own = yield* OwnAccount
      const newPassword = yield* aPassword("a much better password")
      const { session } = yield* own.changePassword(caller, { newPassword }, CLIENT)
      assert.isFalse(isElevated(session, yield* DateTime.now))
    })
  },
  {
    deed: "deleting the account",
    run: Effect.fnUntraced(function*(caller: SessionWithAccount) {
      const own = yield* OwnAccount
      yield* own.delete(caller, undefined)
    })
  }
]

layer(TestServices.layer)("elevation", (it) => {
  it.effect("[ASVS 7.2.4] a password elevates a session, under another token, and the audit log says so", () =>
    Effect.gen(function*() {
      const caller = yield* signedIn
      yield* TestClock.adjust("1 minute")
      const { account, session, token } = yield* elevate(caller)
      const now = yield* DateTime.now
      assert.deepStrictEqual(session.elevatedUntil, DateTime.addDuration(now, "15 minutes"))
      assert.deepStrictEqual([session.authenticatedAt, session.amr, session.aal], [now, ["pwd"], 1])
      assert.deepStrictEqual(session.createdAt, caller.session.createdAt)
      assert.deepStrictEqual([yield* isAccepted(caller.token), yield* isAccepted(token)], [false, true])
      assert.strictEqual(yield* countOf(account, "session.elevated"), 1)
    }))

  it.effect("a wrong password elevates nothing, and the metric tells them apart", () =>
    Effect.gen(function*() {
      const caller = yield* signedIn
      assert.strictEqual((yield* Effect.flip(elevate(caller, "wrong password")))._tag, "InvalidCredentials")
      assert.isTrue(yield* isAccepted(caller.token))
      yield* elevate(caller)
      assert.strictEqual((yield* Effect.flip(elevate(caller)))._tag, "SessionRequired")
      assert.deepStrictEqual(yield* valuesBy("outcome", "identity_elevations_total"), {
        refused: 1,
        succeeded: 1,
        failed: 1
      })
    }).pipe(withOwnMetrics))

  it.effect("[ASVS 6.3.1] guesses are counted with those at other confirmations", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const caller = yield* signedIn
      const wrong = yield* aPassword("wrong password")
      const attempts = [Effect.flip(elevate(caller, "wrong password")), Effect.flip(own.delete(caller, wrong))]
      const tags = yield* Effect.forEach(Array.from({ length: 10 }), () => Effect.all(attempts))
      assert.strictEqual(tags.at(-1)?.[0]?._tag, "TooManyAttempts")
      assert.strictEqual((yield* Effect.flip(elevate(caller)))._tag, "TooManyAttempts")
    }))

  describe.each(confirmed)("$deed", ({ run }) => {
    it.effect("[ASVS 7.5.3] needs a session that is elevated, which ends on time", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* Effect.flip(run(yield* signedIn)))._tag, "ReauthenticationRequired")
        const [late, early] = [yield* elevated, yield* elevated]
        yield* TestClock.adjust("899999 millis")
        yield* run(early)
        yield* TestClock.adjust("1 milli")
        assert.strictEqual((yield* Effect.flip(run(late)))._tag, "ReauthenticationRequired")
      }))

    it.effect("[ASVS 15.4.2] is not held up by what it does not depend on", () =>
      Effect.gen(function*() {
        const caller = yield* elevated
        assert.strictEqual((yield* amid(caller.account, [rename], run(caller))).answer, "granted")
      }))

    it.effect("[ASVS 7.4.1] is refused when the session ends in between", () =>
      Effect.gen(function*() {
        for (const interference of [endSessions, changePassword]) {
          const caller = yield* elevated
          assert.strictEqual((yield* amid(caller.account, [interference], run(caller))).answer, "SessionRequired")
        }
      }))
  })
})
