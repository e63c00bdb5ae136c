/**
 * [P3] A code of a second factor signs in once, however many sign-ins it completes at the same time.
 *
 * `npm run test:once-factors` runs a thousand rounds of each.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { codeOf, elevatedPerson, enrol, newTotp } from "./FactorHolder.ts"
import { PASSWORD } from "./Person.ts"
import { RACE_TIMEOUT, roundsOf, TwoServers } from "./TwoServers.ts"
import type { Server } from "./TwoServers.ts"

const AT_ONCE = 64

const SignIn = Schema.Struct({ sign_in: Schema.Struct({ id: Schema.String }) })
const Codes = Schema.Struct({ codes: Schema.NonEmptyArray(Schema.String) })

const decoded = <A>(schema: Schema.Decoder<A>, body: unknown) => Effect.orDie(Schema.decodeUnknownEffect(schema)(body))

/** Somebody with an authenticator application and recovery codes. */
const enrolled = Effect.gen(function*() {
  const { send } = yield* TwoServers
  const { email, token } = yield* elevatedPerson
  const { id, secret } = yield* newTotp(token)
  const confirmed = yield* send(0, "POST", `/accounts/me/factors/${id}/confirm`, {
    token,
    json: { code: codeOf(secret, -1) }
  })
  assert.strictEqual(confirmed.status, 200)
  const { codes: [code] } = yield* decoded(Codes, (yield* enrol(token, "recovery_codes")).body)
  return { email, secret, code }
})

/** Starts this many sign-ins, and completes all of them by one proof at once. Returns the statuses. */
const completed = Effect.fnUntraced(function*(email: string, proof: () => object, sameSignIn: boolean) {
  const { send } = yield* TwoServers
  const begin = Effect.gen(function*() {
    const { body } = yield* send(0, "POST", "/sessions", { json: { email, password: PASSWORD } })
    return (yield* decoded(SignIn, body)).sign_in.id
  })
  const first = yield* begin
  const count = sameSignIn ? 1 : 8
  const others = yield* Effect.all(Array.from({ length: count - 1 }, () => begin), { concurrency: 8 })
  const ids = [first, ...others]
  const json = proof()
  const replies = yield* Effect.forEach(
    Array.from({ length: AT_ONCE }),
    (_, index) => {
      const server: Server = index % 2 === 0 ? 0 : 1
      return send(server, "POST", `/sign-ins/${ids[index % ids.length] ?? ""}/factor`, { json })
    },
    { concurrency: "unbounded" }
  )
  return replies.map(({ status }) => status)
})

layer(TwoServers.layer, { excludeTestServices: true })("on two servers", (it) => {
  it.effect.each(["totp", "recovery_code"] as const)(
    "[P3] [ASVS 6.5.1] of 64 uses at once of one %s, for one sign-in or for several, one signs in",
    (kind) =>
      Effect.gen(function*() {
        const rounds = yield* roundsOf(1)
        for (const round of rounds) {
          const { code, email, secret } = yield* enrolled
          const proof = () => kind === "totp" ? { totp: codeOf(secret, 0) } : { recovery_code: code }
          const statuses = yield* completed(email, proof, round % 2 === 1)
          assert.lengthOf(statuses.filter((status) => status === 201), 1)
          assert.deepStrictEqual(statuses.filter((status) => ![201, 401, 410].includes(status)), [])
        }
        yield* Effect.log(`use × use: ${kind}`, { rounds: rounds.length, atOnce: AT_ONCE })
      }),
    RACE_TIMEOUT
  )
})
