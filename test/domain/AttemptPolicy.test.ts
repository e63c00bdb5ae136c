import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Layer, Metric, Option } from "effect"
import { Accounts } from "../../src/domain/accounts/Accounts.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import { AttemptPolicy, unlimitedAttempts } from "../../src/domain/limits/AttemptPolicy.ts"
import { DisplayName } from "../../src/domain/model/Account.ts"
import type { AccountId } from "../../src/domain/model/Account.ts"
import { Caller } from "../../src/domain/model/Caller.ts"
import type { Email } from "../../src/domain/model/Email.ts"
import { IdempotencyKey } from "../../src/domain/model/Idempotency.ts"
import { TooManyAttempts } from "../../src/domain/model/IdentityErrors.ts"
import { PasswordAuthentication } from "../../src/domain/passwords/PasswordAuthentication.ts"
import { anEmail, aSessionId } from "../support/builders.ts"
import { aPassword, PASSWORD, signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const WRONG = "a wrong password"

/** Runs an effect as a request from an address, or from an unknown one. */
const from = (clientAddress: string | undefined) =>
  Effect.provideService(Caller, { actor: { type: "anonymous" }, requestId: undefined, clientAddress })

let networks = 0

/** An address in a network of its own. */
const somewhere = (): string => {
  networks += 1
  return `10.${networks >> 8}.${networks & 0xff}.7`
}

const guess = (email: Email, address: string | undefined, text = WRONG) => signIn(email, text).pipe(from(address))

const outcome = <A, E extends { readonly _tag: string }, R>(attempt: Effect.Effect<A, E, R>) =>
  Effect.match(attempt, { onFailure: (error) => error._tag, onSuccess: () => "right" })

/** The refusal of an attempt over a limit. */
const limitation = <A, E, R>(attempt: Effect.Effect<A, E, R>) =>
  Effect.match(attempt, {
    onFailure: (error) => error instanceof TooManyAttempts ? error : undefined,
    onSuccess: () => undefined
  })

/** How many of a number of attempts are admitted. */
const countJudged = <A, E, R>(count: number, attempt: Effect.Effect<A, E, R>) =>
  Effect.map(
    Effect.forEach(Array.from({ length: count }), () => limitation(attempt)),
    (limitations) => limitations.filter((limitation) => limitation === undefined).length
  )

/** Attempts that use up one budget and no other. */
const atOneEmailFromOneNetwork = Effect.sync(() => {
  const [email, address] = [anEmail(), somewhere()]
  return guess(email, address)
})
const atOneEmail = Effect.sync(() => {
  const email = anEmail()
  return Effect.suspend(() => guess(email, somewhere()))
})
const fromOneNetwork = Effect.sync(() => {
  const address = somewhere()
  return Effect.suspend(() => guess(anEmail(), address))
})
const toConfirm = Effect.map(
  Effect.all([PasswordAuthentication, signUp(), aPassword(WRONG)]),
  ([passwords, account, wrong]) => passwords.confirm(account, wrong)
)
const toSignUpWithOneEmail = Effect.sync(() => {
  const email = anEmail()
  return Effect.suspend(() => signUp(email).pipe(from(somewhere())))
})
const toSignUpFromOneNetwork = Effect.sync(() => {
  const address = somewhere()
  return Effect.suspend(() => signUp().pipe(from(address)))
})

let blocks = 0

/** Addresses of one /56 or /48, each in a /64 of its own; in the /48 each in a /56 of its own. */
const addressesIn = (length: 56 | 48): () => string => {
  const block = (blocks += 1).toString(16)
  let made = 0
  return () =>
    `2001:db8:${block}:${((made += length === 56 ? 1 : 0x100) & (length === 56 ? 0xff : 0xffff)).toString(16)}::1`
}
const guessesIn = (length: 56 | 48) =>
  Effect.sync(() => {
    const address = addressesIn(length)
    return Effect.suspend(() => guess(anEmail(), address()))
  })
const signUpsIn = (length: 56 | 48) =>
  Effect.sync(() => {
    const address = addressesIn(length)
    return Effect.suspend(() => signUp().pipe(from(address())))
  })

/** What was recorded last, of one account or of all. */
const actionsOf = Effect.fnUntraced(function*(accountId: Option.Option<AccountId>) {
  const review = yield* AuditReview
  const filter = { accountId, action: Option.none(), since: Option.none() }
  const { items } = yield* review.list(filter, { limit: 100, after: Option.none() })
  return items.map(({ event }) => event?.action)
})

const withOwnMetrics = Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map()))

const limitedAttempts = Effect.map(
  Metric.snapshot,
  (metrics): Array<Readonly<Record<string, unknown>>> =>
    metrics.flatMap(({ attributes, id, state }) =>
      id === "identity_attempts_limited_total" && "count" in state ? [{ ...attributes, count: state.count }] : []
    )
)

layer(TestServices.layer)("limits of attempts", (it) => {
  it.effect.each(
    [
      ["sign-in", "accountFromNetwork", "email-network", 10, 600, 60, Effect.map(atOneEmailFromOneNetwork, limitation)],
      ["sign-in", "account", "email", 30, 10_800, 60, Effect.map(atOneEmail, limitation)],
      ["sign-in", "network", "network", 100, 500, 5, Effect.map(fromOneNetwork, limitation)],
      ["confirm-password", "confirmation", "account", 10, 600, 60, Effect.map(toConfirm, limitation)],
      ["sign-up", "signUpEmail", "email", 10, 600, 60, Effect.map(toSignUpWithOneEmail, limitation)],
      ["sign-up", "signUpNetwork", "network", 50, 500, 10, Effect.map(toSignUpFromOneNetwork, limitation)],
      ["sign-in", "network56", "network-56", 200, 400, 5, Effect.map(guessesIn(56), limitation)],
      ["sign-in", "network48", "network-48", 400, 400, 5, Effect.map(guessesIn(48), limitation)],
      ["sign-up", "signUpNetwork56", "network-56", 100, 500, 10, Effect.map(signUpsIn(56), limitation)],
      ["sign-up", "signUpNetwork48", "network-48", 200, 400, 10, Effect.map(signUpsIn(48), limitation)]
    ] as const
  )("[ASVS 6.3.1] a refused %s shows the limit that refused it, and metrics name the budget %s", ([
    action,
    budget,
    scope,
    burst,
    minutes,
    seconds,
    makeAttempt
  ]) =>
    Effect.gen(function*() {
      const attempt = yield* makeAttempt
      for (let free = 0; free < burst; free++) assert.isUndefined(yield* attempt)
      const refusal = yield* attempt
      if (refusal === undefined) return assert.fail("judged")
      assert.deepStrictEqual(
        [refusal.action, refusal.scope, refusal.limit, Duration.toMinutes(refusal.window)],
        [action, scope, burst, minutes]
      )
      assert.strictEqual(Duration.toSeconds(refusal.retryAfter), seconds)
      assert.sameDeepMembers(yield* limitedAttempts, [
        { action, budget, outcome: "used-up", count: 1 },
        { action, budget, outcome: "refused", count: 1 }
      ])
    }).pipe(withOwnMetrics))

  it.effect("attempts without a known address are counted by their email and share no network", () =>
    Effect.gen(function*() {
      for (const address of [undefined, "unknown"]) {
        assert.strictEqual(yield* countJudged(150, Effect.suspend(() => guess(anEmail(), address))), 150)
        assert.strictEqual(yield* countJudged(60, Effect.suspend(() => signUp().pipe(from(address)))), 60)
        const email = anEmail()
        assert.strictEqual(yield* countJudged(15, guess(email, address)), 10)
      }
    }))

  it.effect("the right current password makes up for the wrong ones before it", () =>
    Effect.gen(function*() {
      const [account, right, wrong] = [yield* signUp(), yield* aPassword(), yield* aPassword(WRONG)]
      const passwords = yield* PasswordAuthentication
      for (let round = 0; round < 3; round++) {
        assert.strictEqual(yield* countJudged(9, passwords.confirm(account, wrong)), 9)
        yield* passwords.confirm(account, right)
      }
    }))

  it.effect("[ASVS 6.3.1] guessing at the idempotency key of a sign-up is guessing at the password", () =>
    Effect.gen(function*() {
      const [email, idempotencyKey] = [anEmail(), IdempotencyKey.make(aSessionId())]
      const send = (text: string) =>
        Effect.flatMap(
          Effect.all([Accounts, aPassword(text)]),
          ([accounts, password]) =>
            accounts.create({ email, password, displayName: DisplayName.make("Ada"), idempotencyKey })
        ).pipe(
          from(somewhere())
        )
      yield* send(PASSWORD)
      assert.strictEqual(yield* countJudged(20, Effect.suspend(() => send(WRONG))), 9)
    }))

  it.effect("[ASVS 16.3.3] sign-ups that use up a budget are recorded once", () =>
    Effect.gen(function*() {
      const limited = Effect.map(
        actionsOf(Option.none()),
        (actions) => actions.filter((action) => action === "sign-up.limited").length
      )
      const before = yield* limited
      yield* countJudged(60, yield* toSignUpFromOneNetwork)
      assert.strictEqual(yield* limited, before + 1)
    }))
})

const ONE_HOUR = { delay: Duration.hours(1), recovery: Duration.hours(1) }

const few = Layer.effect(
  AttemptPolicy,
  Effect.map(AttemptPolicy, (limits) =>
    limits === "unlimited"
      ? limits
      : { ...limits, signUpEverywhere: { burst: 3, ...ONE_HOUR } })
)

layer(Layer.fresh(TestServices.layer).pipe(Layer.provide(few)))("limits that somebody set", (it) => {
  it.effect("hold for all sign-ups together to the last one, but not for callers who are exempt", () =>
    Effect.gen(function*() {
      const strangers = Effect.suspend(() => signUp().pipe(from(somewhere())))
      assert.strictEqual(yield* countJudged(200, strangers), 3)
      const exempt = Effect.provideService(Caller, { ...Caller.defaultValue(), limits: "exempt" })
      assert.strictEqual(yield* outcome(exempt(signUp())), "right")
    }))
})

layer(Layer.fresh(TestServices.layer).pipe(Layer.provide(unlimitedAttempts)))("without limits", (it) => {
  it.effect("everybody may sign up and confirm a password as often as they like", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* countJudged(60, yield* toSignUpWithOneEmail), 60)
      assert.strictEqual(yield* countJudged(60, yield* toSignUpFromOneNetwork), 60)
      assert.strictEqual(yield* countJudged(60, yield* toConfirm), 60)
      assert.isEmpty(yield* limitedAttempts)
    }).pipe(withOwnMetrics))

  it.effect("a password is judged all the same, and a wrong one recorded as refused", () =>
    Effect.gen(function*() {
      const [passwords, { email, id }] = [yield* PasswordAuthentication, yield* signUp()]
      const authenticate = (text: string) =>
        Effect.flatMap(aPassword(text), (password) => passwords.authenticate({ email, password }))
      assert.strictEqual((yield* authenticate(PASSWORD)).id, id)
      assert.strictEqual(yield* outcome(authenticate(WRONG)), "InvalidCredentials")
      assert.deepStrictEqual(yield* actionsOf(Option.some(id)), ["sign-in.refused", "account.created"])
    }))
})
