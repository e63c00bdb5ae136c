/**
 * What attackers with more or fewer networks can do to an owner and to everybody, and what they learn: the figures of
 * the attack table in docs/adr/0011-guess-limits.md.
 */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Redacted, Result } from "effect"
import { AttemptPolicy } from "../../src/domain/limits/AttemptPolicy.ts"
import { Caller } from "../../src/domain/model/Caller.ts"
import type { Email } from "../../src/domain/model/Email.ts"
import { TooManyAttempts } from "../../src/domain/model/IdentityErrors.ts"
import { PasswordHash } from "../../src/domain/model/Password.ts"
import type { Password } from "../../src/domain/model/Password.ts"
import { PasswordHasher } from "../../src/ports/PasswordHasher.ts"
import { anEmail } from "../support/builders.ts"
import { PASSWORD, signIn, signUp } from "../support/people.ts"
import * as TestServices from "../support/TestServices.ts"

const WRONG = "a wrong password"

const from = (clientAddress: string) =>
  Effect.provideService(Caller, { actor: { type: "anonymous" }, requestId: undefined, clientAddress })

const hex = (value: number) => value.toString(16)

const HOME = "192.0.2.7"

interface Attacker {
  readonly name: string
  /** One of the addresses that the attacker has. */
  readonly address: (index: number) => string
}

/** 1,000 networks, half of them IPv4. */
const botnet = (index: number) => {
  const one = index % 1000
  return one % 2 === 0 ? `10.${one >> 8}.${one & 0xff}.9` : `2001:db8:${hex(one)}::9`
}

const attackers: ReadonlyArray<Attacker> = [
  { name: "in the owner's network", address: (index) => `192.0.2.${index % 256}` },
  { name: "with a /48", address: (index) => `2001:db8:ffff:${hex(index & 0xffff)}::9` },
  { name: "with 1,000 networks", address: botnet }
]

/** What a caller learns: that the password is wrong, or all numbers of the refusal. */
const answerTo = <A, E extends { readonly _tag: string }, R>(attempt: Effect.Effect<A, E, R>) =>
  Effect.match(attempt, {
    onFailure: (error) =>
      error instanceof TooManyAttempts
        ? `${error.action} ${error.scope} ${error.limit} ${Duration.toMillis(error.window)} ${
          Duration.toMillis(error.retryAfter)
        }`
        : error._tag,
    onSuccess: () => "right"
  })

const guess = (email: Email, address: string, text = WRONG) => answerTo(signIn(email, text).pipe(from(address)))

const times = <A, E, R>(count: number, attempt: (index: number) => Effect.Effect<A, E, R>) =>
  Effect.forEach(Array.from({ length: count }), (_, index) => attempt(index))

const count = (answers: ReadonlyArray<string>, answer: string) => answers.filter((one) => one === answer).length

const plain = (password: Password) => PasswordHash.make(Redacted.value(password))

/** Knows passwords by themselves: limits count attempts alike whatever a hash costs, and here are thousands of them. */
const costless = Layer.succeed(
  PasswordHasher,
  PasswordHasher.of({
    hash: (password) => Effect.succeed(plain(password)),
    verify: (password, hash) => Effect.succeed(plain(password) === hash),
    examine: (hash) => Result.succeed(PasswordHash.make(hash)),
    holdPlace: (use) => use,
    needsRehash: () => false,
    decoy: PasswordHash.make("")
  })
)

const services = Layer.fresh(TestServices.layerHashingWith(costless))

const alone = Effect.provide(services, { local: true })

describe("an owner under attack", () => {
  it.effect.each(attackers)(
    "[P17] [ASVS 6.3.1] gets in by a known device, attacked by somebody $name",
    ({ address }) =>
      Effect.gen(function*() {
        const { email } = yield* signUp()
        const { device } = yield* signIn(email).pipe(from(HOME))
        const judged = count(yield* times(400, (index) => guess(email, address(index))), "InvalidCredentials")
        assert.isAtMost(judged, 30)
        yield* times(500, (index) => guess(anEmail(), address(index)))
        for (const place of [HOME, "203.0.113.5"]) {
          assert.strictEqual(yield* answerTo(signIn(email, PASSWORD, { device }).pipe(from(place))), "right")
        }
        // Ten wrong passwords of one's own are still free.
        const typos = yield* times(10, () => answerTo(signIn(email, WRONG, { device }).pipe(from(HOME))))
        assert.strictEqual(count(typos, "InvalidCredentials"), 10)
      }).pipe(alone)
  )

  it.effect.each(attackers)(
    "[P17] [ASVS 6.3.8] is not found out by somebody $name: nor is that they sign in meanwhile",
    ({ address }) =>
      Effect.gen(function*() {
        const owner = yield* signUp()
        const { device } = yield* signIn(owner.email).pipe(from(HOME))
        const answers = yield* Effect.forEach([owner.email, anEmail()], (email, round) =>
          times(60, (index) =>
            Effect.gen(function*() {
              if (round === 0 && index % 6 === 0) {
                assert.strictEqual(
                  yield* answerTo(signIn(owner.email, PASSWORD, { device }).pipe(from(address(0)))),
                  "right"
                )
              }
              if (round === 0 && index === 5) {
                yield* guess(owner.email, address(0), PASSWORD)
              }
              return yield* guess(email, address(round * 60 + (index % 3)))
            })))
        assert.deepStrictEqual(answers[0], answers[1])
      }).pipe(alone)
  )
})

/** Half of the server's own budget, so that it is used up sooner. */
const smallService = Layer.effect(
  AttemptPolicy,
  Effect.map(
    AttemptPolicy,
    (limits) =>
      limits === "unlimited"
        ? limits
        : { ...limits, everywhere: { ...limits.everywhere, burst: limits.everywhere.burst / 2 } }
  )
)

describe("everybody else", () => {
  it.effect("[P17] can sign in and up while somebody with a /48 hammers", () =>
    Effect.gen(function*() {
      const { email } = yield* signUp()
      const address = attackers[1]?.address ?? botnet
      assert.strictEqual(
        count(yield* times(1500, (index) => guess(anEmail(), address(index))), "InvalidCredentials"),
        400
      )
      const signUps = yield* times(600, (index) => answerTo(signUp().pipe(from(address(index)))))
      assert.strictEqual(count(signUps, "right"), 200)
      assert.strictEqual(yield* guess(email, "203.0.113.5", PASSWORD), "right")
      assert.strictEqual(yield* answerTo(signUp().pipe(from("2001:db8:1::1"))), "right")
    }).pipe(alone))

  it.effect("[P17] can sign up while 1,000 networks hammer, once in an hour and network", () =>
    Effect.gen(function*() {
      // Some use up the open part, the others each newcomer's share of the rest.
      const first = yield* times(3500, (index) => answerTo(signUp().pipe(from(botnet(index % 70)))))
      assert.strictEqual(count(first, "right"), 2000)
      const others = yield* times(1860, (index) => answerTo(signUp().pipe(from(botnet(70 + (index % 930))))))
      assert.strictEqual(count(others, "right"), 930)
      for (const place of ["203.0.113.5", "2001:db8:8000::1"]) {
        assert.strictEqual(yield* answerTo(signUp().pipe(from(place))), "right")
        assert.match(yield* answerTo(signUp().pipe(from(place))), /^sign-up service 4000 /)
      }
    }).pipe(alone))

  it.effect("[P17] can sign in while 1,000 networks hammer, once in an hour and network or by a known device", () =>
    Effect.gen(function*() {
      const { email } = yield* signUp()
      const { device } = yield* signIn(email).pipe(from(HOME))
      const first = yield* times(3900, (index) => guess(anEmail(), botnet(index % 60)))
      assert.strictEqual(count(first, "InvalidCredentials"), 2500)
      const others = yield* times(1880, (index) => guess(anEmail(), botnet(60 + (index % 940))))
      assert.strictEqual(count(others, "InvalidCredentials"), 940)
      assert.strictEqual(yield* guess(email, "203.0.113.5", PASSWORD), "right")
      for (let round = 0; round < 3; round++) {
        assert.strictEqual(yield* answerTo(signIn(email, PASSWORD, { device }).pipe(from(HOME))), "right")
      }
    }).pipe(Effect.provide(services.pipe(Layer.provide(smallService)), { local: true })))
})
