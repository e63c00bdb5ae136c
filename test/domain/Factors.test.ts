import { assert, describe, layer } from "@effect/vitest"
import { DateTime, Effect, Redacted } from "effect"
import { totp } from "../../src/adapters/crypto/NodeOneTimeCodes.ts"
import { Factors } from "../../src/domain/enrolments/Factors.ts"
import { AcceptedName } from "../../src/domain/model/Account.ts"
import { Elevations } from "../../src/domain/sessions/Elevations.ts"
import { amid, changePassword, endSessions, rename } from "../support/interference.ts"
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
  return { account: caller.account, confirm }
})

layer(TestServices.layer)("the confirmation of a factor", (it) => {
  it.effect("[ASVS 15.4.2] is not held up by what it does not depend on", () =>
    Effect.gen(function*() {
      const { account, confirm } = yield* enrolled
      assert.strictEqual((yield* amid(account, [rename], confirm)).answer, "granted")
    }))

  describe.each([
    { what: "all sessions were ended", interference: endSessions },
    { what: "the password was changed", interference: changePassword }
  ])("while $what", ({ interference }) => {
    it.effect("[ASVS 7.4.1] adds nothing", () =>
      Effect.gen(function*() {
        const { list } = yield* Factors
        const { account, confirm } = yield* enrolled
        assert.strictEqual((yield* amid(account, [interference], confirm)).answer, "ChallengeOver")
        const [factor] = yield* list(account.id)
        assert.isUndefined(factor?.confirmedAt)
      }))
  })
})
