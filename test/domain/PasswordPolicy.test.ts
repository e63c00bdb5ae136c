import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Password } from "../../src/domain/model/Password.ts"
import { PasswordPolicy, passwordRefusals } from "../../src/domain/passwords/PasswordPolicy.ts"
import { anAccount } from "../support/builders.ts"

const refusals = (lengthMin: number, text: string) =>
  passwordRefusals({ lengthMin, serviceNames: [] }, Schema.decodeSync(Password)(text), anAccount())

it("[ASVS 6.2.1] a password may be as long as the rules ask for, in code points, and not one shorter", () => {
  assert.deepStrictEqual(refusals(12, "🦉".repeat(12)), [])
  assert.deepStrictEqual(refusals(12, "🦉".repeat(11)), [{ reason: "too-short", lengthMin: 12 }])
})

it.effect("[ASVS 6.2.1] eight characters are asked for where nobody asks for more", () =>
  Effect.gen(function*() {
    assert.strictEqual((yield* PasswordPolicy).lengthMin, 8)
  }))

it.effect("[ASVS 6.2.11] the name of this program is no password where nobody names the service", () =>
  Effect.gen(function*() {
    const refused = passwordRefusals(yield* PasswordPolicy, Schema.decodeSync(Password)("Identity!"), anAccount())
    assert.deepStrictEqual(refused, [{ reason: "service-name" }])
  }))
