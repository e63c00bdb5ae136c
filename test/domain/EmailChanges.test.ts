import { assert, layer } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { EmailChanges } from "../../src/domain/challenges/EmailChanges.ts"
import { Factors } from "../../src/domain/enrolments/Factors.ts"
import { anEmail } from "../support/builders.ts"
import { amid, enrol, verify } from "../support/interference.ts"
import { secretsIn } from "../support/mailbox.ts"
import { aPassword, CLIENT, signedIn } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

layer(TestServices.layer)("the reversal of a change of email", (it) => {
  it.effect("[ASVS 6.3.3] takes away the second factor that is confirmed just before it", () =>
    Effect.gen(function*() {
      const changes = yield* EmailChanges
      const { list } = yield* Factors
      const caller = yield* signedIn
      yield* verify(caller.account)
      const { id } = yield* changes.start(caller, { email: anEmail(), currentPassword: yield* aPassword() })
      const { code } = yield* secretsIn("email-change", id)
      const answer = { _tag: "Code", code: Redacted.make(code) } as const
      yield* changes.answer({ id, answer, session: caller.token, client: CLIENT })
      const { token } = yield* secretsIn("email-change-reversal", id)
      const reverse = Effect.flatMap(EmailChanges, (service) => service.reverse({ id, token: Redacted.make(token) }))
      assert.strictEqual((yield* amid(caller.account, [enrol], reverse)).answer, "granted")
      assert.deepStrictEqual(yield* list(caller.account.id), [])
    }))
})
