import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Option, Ref, Result } from "effect"
import { TestClock } from "effect/testing"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import { Caller } from "../../src/domain/model/Caller.ts"
import type { Email } from "../../src/domain/model/Email.ts"
import { PasswordAuthentication } from "../../src/domain/passwords/PasswordAuthentication.ts"
import { anEmail } from "../support/builders.ts"
import { aPassword, PASSWORD, signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

/** Runs an effect as a request from an address. */
const from = (clientAddress: string) =>
  Effect.provideService(Caller, { actor: { type: "anonymous" }, requestId: undefined, clientAddress })

let networks = 0

/** An address in a network of its own. */
const somewhere = (): string => {
  networks += 1
  return `10.${networks >> 8}.${networks & 0xff}.7`
}

/** The tag of a guess's refusal, or that the guess was right. */
const outcome = <A, E extends { readonly _tag: string }, R>(attempt: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.result(attempt), (result) => Result.isFailure(result) ? result.failure._tag : "right")

const guess = (email: Email, address: string, text = "a wrong password") =>
  outcome(signIn(email, text).pipe(from(address)))

layer(TestServices.layer)("right passwords", (it) => {
  it.effect("sixty right passwords an hour and account are enough; one more counts like a wrong one", () =>
    Effect.gen(function*() {
      const { email, id } = yield* signUp()
      const outcomes = yield* Effect.forEach(Array.from({ length: 60 }), () => guess(email, somewhere(), PASSWORD))
      assert.deepStrictEqual([...new Set(outcomes)], ["right"])
      const address = somewhere()
      const refused = yield* Effect.flip(signIn(email).pipe(from(address)))
      if (refused._tag !== "TooManyAttempts") return assert.fail(refused._tag)
      assert.deepStrictEqual([refused.scope, refused.limit, Duration.toMinutes(refused.window)], ["account", 60, 60])
      const [count, before] = [yield* TestServices.HashCount, yield* Effect.flatMap(TestServices.HashCount, Ref.get)]
      yield* Effect.forEach(Array.from({ length: 30 }), () => guess(email, address, PASSWORD))
      assert.strictEqual((yield* Ref.get(count)) - before, 9)
      // The refusal reveals neither who has an account nor whether somebody signs in.
      const [owned, nobodys] = yield* Effect.forEach([email, anEmail()], (email) => {
        const place = somewhere()
        return Effect.forEach(Array.from({ length: 12 }), () => guess(email, place))
      })
      assert.deepStrictEqual(owned, nobodys)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* guess(email, somewhere(), PASSWORD), "right")
      const review = yield* AuditReview
      const { items } = yield* review.list(
        { accountId: Option.some(id), action: Option.some("sign-in.limited"), since: Option.none() },
        { limit: 100, after: Option.none() }
      )
      assert.isNotEmpty(items)
    }))

  it.effect("[ASVS 6.3.1] others who know the password can't use up what a known device has, and it has sixty of its own", () =>
    Effect.gen(function*() {
      const { email } = yield* signUp()
      const { device } = yield* signIn(email)
      yield* Effect.forEach(Array.from({ length: 70 }), () => guess(email, somewhere(), PASSWORD))
      assert.strictEqual(yield* guess(email, somewhere(), PASSWORD), "TooManyAttempts")
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 61 }),
        () => outcome(signIn(email, PASSWORD, { device }))
      )
      assert.deepStrictEqual(outcomes, [...Array.from({ length: 60 }, () => "right"), "TooManyAttempts"])
    }))

  it.effect("a password is confirmed sixty times an hour", () =>
    Effect.gen(function*() {
      const passwords = yield* PasswordAuthentication
      const [account, password] = [yield* signUp(), yield* aPassword()]
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 61 }),
        () => outcome(passwords.confirm(account, password))
      )
      assert.deepStrictEqual(outcomes, [...Array.from({ length: 60 }, () => "right"), "TooManyAttempts"])
    }))
})
