import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Option, Ref, Result } from "effect"
import { TestClock } from "effect/testing"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { OwnAccount } from "../../src/domain/accounts/OwnAccount.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import { AttemptPolicy, unlimitedAttempts } from "../../src/domain/limits/AttemptPolicy.ts"
import { Caller } from "../../src/domain/model/Caller.ts"
import type { Email } from "../../src/domain/model/Email.ts"
import { IdempotencyKey } from "../../src/domain/model/Idempotency.ts"
import { StoreUnavailable } from "../../src/domain/model/IdentityErrors.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import { anEmail, aSessionId } from "../support/builders.ts"
import { aPassword, PASSWORD, signIn, signUp } from "../support/people.ts"
import { changing } from "../support/stores.ts"
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

const guesses = (count: number, email: Email, address: string) =>
  Effect.forEach(Array.from({ length: count }), () => guess(email, address))

const countJudged = (outcomes: ReadonlyArray<string>) =>
  outcomes.filter((outcome) => outcome === "InvalidCredentials").length

layer(TestServices.layer)("attempts", (it) => {
  it.effect("[P5] of 500 guesses at the same time exactly 10 are hashed", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const [count, address] = [yield* TestServices.HashCount, somewhere()]
      const before = yield* Ref.get(count)
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 500 }),
        () => guess(account.email, address),
        { concurrency: "unbounded" }
      )
      assert.strictEqual((yield* Ref.get(count)) - before, 10)
      assert.strictEqual(outcomes.filter((outcome) => outcome === "TooManyAttempts").length, 490)
    }))

  it.effect("one network alone can't use up what all strangers have", () =>
    Effect.gen(function*() {
      const account = yield* signUp()
      const attacker = somewhere()
      assert.strictEqual(countJudged(yield* guesses(100, account.email, attacker)), 10)
      assert.strictEqual(yield* guess(account.email, somewhere(), PASSWORD), "right")
    }))

  it.effect("[ASVS 6.3.1] one password sprayed over 1,000 accounts from one /64 is stopped", () =>
    Effect.gen(function*() {
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 1000 }, (_, index) => `2001:db8:5:5::${index.toString(16)}`),
        (address) => guess(anEmail(), address)
      )
      assert.strictEqual(countJudged(outcomes), 100)
    }))

  it.effect("signing in to one's own account allows no further guesses at others", () =>
    Effect.gen(function*() {
      const own = yield* signUp()
      const address = somewhere()
      const outcomes = []
      for (let index = 0; index < 120; index++) {
        outcomes.push(yield* guess(anEmail(), address))
        if (index % 2 === 0) yield* guess(own.email, address, PASSWORD)
      }
      assert.strictEqual(countJudged(outcomes), 100)
    }))

  it.effect("[ASVS 6.3.8] a guesser can't tell whether an owner has signed in from the same network meanwhile", () =>
    Effect.gen(function*() {
      const [quiet, busy] = [yield* signUp(), yield* signUp()]
      const counts = yield* Effect.forEach([quiet, busy], ({ email }) =>
        Effect.gen(function*() {
          const address = somewhere()
          const before = yield* guesses(6, email, address)
          if (email === busy.email) assert.strictEqual(yield* guess(email, address, PASSWORD), "right")
          return countJudged([...before, ...(yield* guesses(20, email, address))])
        }))
      assert.deepStrictEqual(counts, [10, 10])
    }))

  it.effect("[ASVS 6.3.1] [N3.2.2] somebody who goes on waits twice as long each time", () =>
    Effect.gen(function*() {
      const { email } = yield* signUp()
      const address = somewhere()
      yield* guesses(10, email, address)
      const minutes = []
      for (let attempt = 0; attempt < 5; attempt++) {
        const error = yield* Effect.flip(signIn(email).pipe(from(address)))
        if (error._tag !== "TooManyAttempts") return assert.fail(error._tag)
        minutes.push(Duration.toMinutes(error.retryAfter))
        yield* TestClock.adjust(error.retryAfter)
        assert.strictEqual(yield* guess(email, address), "InvalidCredentials")
      }
      assert.deepStrictEqual(minutes, [1, 2, 4, 8, 16])
    }))

  it.effect("[ASVS 6.3.8] emails without an account, of a disabled one and of an active one are limited alike", () =>
    Effect.gen(function*() {
      const accounts = yield* Accounts
      const [active, disabled] = [yield* signUp(), yield* signUp()]
      yield* accounts.disable(disabled.id)
      const answers = yield* Effect.forEach([active.email, disabled.email, anEmail()], (email) => {
        const address = somewhere()
        return Effect.forEach(
          Array.from({ length: 40 }, (_, index) => index < 13 ? address : somewhere()),
          (place) => Effect.flip(signIn(email, "a wrong password").pipe(from(place)))
        )
      })
      assert.strictEqual(answers[0]?.filter(({ _tag }) => _tag === "TooManyAttempts").length, 10)
      assert.deepStrictEqual(answers[1], answers[0])
      assert.deepStrictEqual(answers[2], answers[0])
    }))

  it.effect("[ASVS 6.3.1] guessing at an idempotency key is guessing at the password", () =>
    Effect.gen(function*() {
      const { email } = yield* signUp()
      const address = somewhere()
      const idempotencyKey = IdempotencyKey.make(aSessionId())
      const send = (text: string) => outcome(signIn(email, text, { idempotencyKey }).pipe(from(address)))
      for (let replay = 0; replay < 20; replay++) assert.strictEqual(yield* send(PASSWORD), "right")
      const outcomes = yield* Effect.forEach(Array.from({ length: 12 }), () => send("a wrong password"))
      assert.strictEqual(outcomes.filter((outcome) => outcome === "IdempotencyKeyReused").length, 10)
      assert.strictEqual(yield* send(PASSWORD), "TooManyAttempts")
    }))

  it.effect("[ASVS 6.3.1] the holder of a session can't guess the password with it either", () =>
    Effect.gen(function*() {
      const own = yield* OwnAccount
      const { email } = yield* signUp()
      const caller = yield* signIn(email)
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 15 }),
        () => Effect.flatMap(aPassword("a wrong password"), (text) => outcome(own.delete(caller, text)))
      )
      assert.strictEqual(countJudged(outcomes), 10)
      assert.strictEqual(yield* outcome(own.delete(caller, yield* aPassword())), "TooManyAttempts")
      assert.strictEqual(yield* guess(email, somewhere(), PASSWORD), "right")
    }))

  it.effect("an attempt whose answer nobody got was none", () =>
    Effect.gen(function*() {
      const log = yield* AuditLog
      const { email } = yield* signUp()
      const address = somewhere()
      const over = (append: typeof log.append) =>
        Effect.provide(
          TestServices.layerOver(changing(AuditLog, () => ({ append }))),
          { local: true }
        )
      const failing = over(() => Effect.fail(new StoreUnavailable()))
      const hanging = over(() => Effect.never)
      for (let index = 0; index < 15; index++) {
        assert.strictEqual(yield* guess(email, address).pipe(failing), "StoreUnavailable")
        yield* Fiber.interrupt(yield* Effect.forkChild(guess(email, address).pipe(hanging), { startImmediately: true }))
      }
      assert.strictEqual(countJudged(yield* guesses(15, email, address)), 10)
    }))

  it.effect("[ASVS 16.3.1, 16.3.3] a budget that is used up is recorded once, and what it refuses is not", () =>
    Effect.gen(function*() {
      const review = yield* AuditReview
      const account = yield* signUp()
      yield* guesses(50, account.email, somewhere())
      const { items } = yield* review.list(
        { accountId: Option.some(account.id), action: Option.none(), since: Option.none() },
        { limit: 100, after: Option.none() }
      )
      const actions = items.map(({ event }) => event?.action)
      assert.deepStrictEqual(actions, [
        "sign-in.limited",
        ...Array.from({ length: 9 }, () => "sign-in.refused" as const),
        "account.created"
      ])
    }))

  it.effect("sign-ups from one network are limited, and what is no sign-up does not count", () =>
    Effect.gen(function*() {
      const address = somewhere()
      const weak = yield* Effect.forEach(
        Array.from({ length: 60 }),
        () => outcome(signUp(anEmail(), "password").pipe(from(address)))
      )
      assert.deepStrictEqual([...new Set(weak)], ["PasswordRejected"])
      const outcomes = yield* Effect.forEach(Array.from({ length: 60 }), () => outcome(signUp().pipe(from(address))))
      assert.strictEqual(outcomes.filter((outcome) => outcome === "right").length, 50)
      assert.strictEqual(yield* outcome(signUp().pipe(from(somewhere()))), "right")
    }))

  it.effect("asking for one email again and again is limited, but not for callers who are exempt", () =>
    Effect.gen(function*() {
      const { email } = yield* signUp()
      const outcomes = yield* Effect.forEach(
        Array.from({ length: 15 }),
        () => outcome(signUp(email).pipe(from(somewhere())))
      )
      // The one that succeeded counts, too.
      assert.strictEqual(outcomes.filter((outcome) => outcome === "EmailAlreadyExists").length, 9)
      const admin = Effect.provideService(Caller, {
        actor: { type: "admin", name: "ada" },
        requestId: undefined,
        clientAddress: undefined,
        limits: "exempt"
      })
      assert.strictEqual(yield* outcome(signUp(email).pipe(admin)), "EmailAlreadyExists")
      const named = Effect.provideService(Caller, { ...Caller.defaultValue(), actor: { type: "system" } })
      assert.strictEqual(yield* outcome(signUp(email).pipe(named)), "TooManyAttempts")
    }))
})

const fewAltogether = Layer.effect(
  AttemptPolicy,
  Effect.map(AttemptPolicy, (limits) =>
    limits === "unlimited"
      ? limits
      : { ...limits, everywhere: { burst: 20, delay: Duration.hours(1), recovery: Duration.hours(1) } })
)

layer(Layer.fresh(TestServices.layer).pipe(Layer.provide(fewAltogether)))("attempts everywhere", (it) => {
  it.effect("[ASVS 6.3.1] a limit holds for everybody together", () =>
    Effect.gen(function*() {
      const outcomes = yield* Effect.forEach(Array.from({ length: 500 }), () => guess(anEmail(), somewhere()))
      assert.strictEqual(countJudged(outcomes), 20)
    }))
})

layer(Layer.fresh(TestServices.layer).pipe(Layer.provide(unlimitedAttempts)))("attempts without limits", (it) => {
  it.effect("everything is judged", () =>
    Effect.gen(function*() {
      const { email } = yield* signUp()
      assert.strictEqual(countJudged(yield* guesses(500, email, somewhere())), 500)
      assert.strictEqual(yield* guess(email, somewhere(), PASSWORD), "right")
    }))
})
