/**
 * Passkeys that earlier releases have taken, and their answers, still verify, whichever Node made them.
 *
 * Entries are added and never changed: people whose passkey no longer verifies are locked out.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import * as SimpleWebAuthnPasskeyVerifier from "../../src/adapters/webauthn/SimpleWebAuthnPasskeyVerifier.ts"
import { Account, AccountId } from "../../src/domain/model/Account.ts"
import { PasskeyAssertion, PasskeyRegistration } from "../../src/domain/model/PasskeyAnswers.ts"
import { PasskeyVerifier } from "../../src/ports/PasskeyVerifier.ts"
import { anAccount } from "../support/builders.ts"
import passkeys from "./passkeys.json" with { type: "json" }

const verifier = SimpleWebAuthnPasskeyVerifier.layer({
  id: "example.com",
  name: "Example",
  origins: ["https://app.example.com"]
})

it.effect.each(passkeys)(
  "a passkey of $algorithm, made under Node $node, is registered and signs in",
  (frozen) =>
    Effect.gen(function*() {
      const { verifyAssertion, verifyRegistration } = yield* PasskeyVerifier
      const registration = yield* Schema.decodeUnknownEffect(PasskeyRegistration)(frozen.registration)
      const assertion = yield* Schema.decodeUnknownEffect(PasskeyAssertion)(frozen.assertion)
      const registered = yield* verifyRegistration({ challenge: "a frozen registration", registration })
      const passkey = Option.getOrThrow(registered)
      assert.strictEqual(passkey.credentialId, frozen.registration.id)
      const account = Account.make({ ...anAccount({}), id: AccountId.make(frozen.account_id) })
      const answer = { account, assertion, passkey }
      const proved = Option.getOrThrow(yield* verifyAssertion({ ...answer, challenge: "a frozen assertion" }))
      assert.deepStrictEqual([proved.passkey.signCount, proved.isCountBehind], [7, false])
      assert.isTrue(Option.isNone(yield* verifyAssertion({ ...answer, challenge: "another assertion" })))
    }).pipe(Effect.provide(verifier))
)
