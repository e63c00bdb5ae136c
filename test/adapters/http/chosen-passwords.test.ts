import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { PasswordPolicy } from "../../../src/domain/passwords/PasswordPolicy.ts"
import { ADA, adaSignedIn, bearer, TestIdentity } from "../../support/TestIdentity.ts"
import type { Answer } from "../../support/TestIdentity.ts"

const COMMON = "is a common or breached password, a variation of one, or a simple pattern"

const refusals: ReadonlyArray<readonly [password: string, ...details: ReadonlyArray<string>]> = [
  ["short", "must be at least 8 characters"],
  ["password1", COMMON],
  ["Summer2024", COMMON],
  ["87654321", COMMON],
  ["ADA@example.com", "must not be your email or name"],
  ["ada-lovelace-1815", "must not be your email or name"],
  ["identity2026", "must not be the name of this service", COMMON]
]

const refusedFor = (answer: Answer, pointer: string, details: ReadonlyArray<string>) => {
  assert.strictEqual(answer.status, 422)
  assert.strictEqual(answer.json["code"], "validation-failed")
  assert.deepStrictEqual(answer.json["errors"], details.map((detail) => ({ pointer, detail })))
}

const changePassword = Effect.fnUntraced(function*(password: string) {
  const { identity, token } = yield* adaSignedIn
  const json = { current_password: ADA.password, new_password: password }
  return yield* identity.send("PUT", "/accounts/me/password", { json, headers: bearer(token) })
})

describe("a chosen password is refused with the reason", () => {
  it.effect.each(refusals)(
    "[ASVS 6.2.4] [ASVS 6.2.11] when somebody signs up: %s %s",
    ([password, ...details]) =>
      Effect.gen(function*() {
        const identity = yield* TestIdentity
        const answer = yield* identity.signUp({ password })
        refusedFor(answer, "/password", details)
        assert.notInclude(answer.text, password)
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect.each(refusals)(
    "[ASVS 6.2.4] [ASVS 6.2.11] when somebody changes it: %s %s",
    ([password, ...details]) =>
      Effect.gen(function*() {
        refusedFor(yield* changePassword(password), "/new_password", details)
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect("and with all of them at once", () =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      const answer = yield* identity.signUp({ display_name: "Sunshine", password: "sunshine" })
      refusedFor(answer, "/password", [
        "must be at least 15 characters",
        "must not be your email or name",
        "must not be the name of this service",
        COMMON
      ])
    }).pipe(
      Effect.provide(
        TestIdentity.layer.pipe(
          Layer.provide(Layer.succeed(PasswordPolicy, { lengthMin: 15, serviceNames: ["sunshine"] }))
        )
      )
    ))
})
