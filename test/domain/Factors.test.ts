import { assert, describe, layer } from "@effect/vitest"
import { DateTime, Effect, Redacted } from "effect"
import { totp } from "../../src/adapters/crypto/NodeOneTimeCodes.ts"
import { Recoveries } from "../../src/domain/challenges/Recoveries.ts"
import { Factors } from "../../src/domain/enrolments/Factors.ts"
import { AcceptedName } from "../../src/domain/model/Account.ts"
import { Elevations } from "../../src/domain/sessions/Elevations.ts"
import { amid, changePassword, endSessions, moveFrom, rename, verify } from "../support/interference.ts"
import { secretsIn } from "../support/mailbox.ts"
import { aPassword, CLIENT, signedIn } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

/** Somebody with an elevated session, and an authenticator application that waits for its first code. */
const enrolled = Effect.gen(function*() {
  const elevations = yield* Elevations
  const factors = yield* Factors
  const caller = yield* elevations.byPassword(yield* signedIn, yield* aPassword())
  const made = yield* factors.enrol(caller, "totp", AcceptedName.make("My phone"))
  if (made.type !== "totp") return yield* Effect.die(new Error("another type was asked for"))
  const step = Math.floor(DateTime.toEpochMillis(yield* DateTime.now) / 30_000)
  const confirmation = {
    id: made.factor.id,
    proof: Redacted.make(totp(Redacted.value(made.seed), step)),
    endsOtherSessions: true,
    client: CLIENT
  }
  const confirm = Effect.flatMap(Factors, ({ confirm }) => confirm(caller, confirmation))
  const codes = Effect.flatMap(Factors, ({ enrol }) => enrol(caller, "recovery_codes", AcceptedName.make("On paper")))
  const remove = Effect.flatMap(Factors, ({ remove }) => remove(caller, made.factor.id))
  return { account: caller.account, session: caller.session, confirm, codes, remove }
})

layer(TestServices.layer)("the confirmation of a factor", (it) => {
  it.effect("[ASVS 15.4.2] is not held up by what it does not depend on", () =>
    Effect.gen(function*() {
      const { account, confirm } = yield* enrolled
      assert.strictEqual((yield* amid(account, [rename], confirm)).answer, "granted")
    }))

  it.effect("[ASVS 15.4.2] is not held up by what ends every session but its own", () =>
    Effect.gen(function*() {
      const { account, confirm, session } = yield* enrolled
      assert.strictEqual((yield* amid(account, [moveFrom(session)], confirm)).answer, "granted")
    }))

  it.effect("[ASVS 6.4.3] keeps a recovery from removing it, if the email was verified meanwhile", () =>
    Effect.gen(function*() {
      const recoveries = yield* Recoveries
      const { list } = yield* Factors
      const { account, confirm } = yield* enrolled
      yield* confirm
      const { id } = yield* recoveries.start(account.email)
      const { code } = yield* secretsIn("recovery", id)
      const newPassword = yield* aPassword("a whole new password")
      const answer = { _tag: "Code", code: Redacted.make(code) } as const
      const recover = Effect.flatMap(
        Recoveries,
        (service) => service.answer({ id, answer, newPassword, client: CLIENT, device: undefined })
      )
      assert.strictEqual((yield* amid(account, [verify], recover)).answer, "SecondFactorRequired")
      assert.lengthOf(yield* list(account.id), 1)
    }))

  describe.each([
    { what: "all sessions were ended", interference: endSessions },
    { what: "the password was changed", interference: changePassword }
  ])("while $what", ({ interference }) => {
    it.effect("[ASVS 7.4.1] adds nothing", () =>
      Effect.gen(function*() {
        const { list } = yield* Factors
        const { account, confirm } = yield* enrolled
        assert.strictEqual((yield* amid(account, [interference], confirm)).answer, "SessionRequired")
        const [factor] = yield* list(account.id)
        assert.isUndefined(factor?.confirmedAt)
      }))

    it.effect("[ASVS 7.4.1] nothing is enrolled or removed by a session of before", () =>
      Effect.gen(function*() {
        const { list } = yield* Factors
        const { account, codes, remove } = yield* enrolled
        const before = yield* list(account.id)
        assert.strictEqual((yield* amid(account, [interference], codes)).answer, "SessionRequired")
        assert.deepStrictEqual(yield* list(account.id), before)
        const other = yield* enrolled
        assert.strictEqual((yield* amid(other.account, [interference], other.remove)).answer, "SessionRequired")
        assert.lengthOf(yield* list(other.account.id), 1)
        assert.strictEqual((yield* amid(account, [], remove)).answer, "SessionRequired")
      }))
  })
})
