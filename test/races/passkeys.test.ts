/**
 * [P3] A passkey answers each challenge once, however many send the answer at the same time.
 *
 * `npm run test:once-factors` runs a thousand rounds of each.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { PasskeyCreationOptions, PasskeyRequestOptions } from "../../src/domain/model/PasskeyOptions.ts"
import { makePasskey } from "../support/SoftAuthenticator.ts"
import { PASSKEY_ORIGIN } from "../support/TestServices.ts"
import { anAddress, aSession, PASSWORD, signUp } from "./Person.ts"
import { RACE_TIMEOUT, roundsOf, TwoServers } from "./TwoServers.ts"

const AT_ONCE = 64

const post = Effect.fnUntraced(function*(path: string, json?: unknown, token?: string) {
  const { send } = yield* TwoServers
  const asked = { ...(json === undefined ? {} : { json }), ...(token === undefined ? {} : { token }) }
  return (yield* send(0, "POST", path, asked)).body
})

/** Somebody new with a passkey. */
const aPerson = Effect.gen(function*() {
  const email = anAddress()
  yield* signUp(0, email)
  const { token } = yield* aSession(0, email)
  const elevated = yield* post("/sessions/me/elevation", { current_password: PASSWORD }, token)
  const holder = String(elevated["token"])
  const factor = yield* post("/accounts/me/factors", { type: "passkey", name: "Laptop" }, holder)
  const options = yield* Schema.decodeUnknownEffect(PasskeyCreationOptions)(factor["options"])
  const passkey = makePasskey(options, PASSKEY_ORIGIN)
  const { registration } = passkey
  const confirmed = yield* post(`/accounts/me/factors/${String(factor["id"])}/confirm`, { registration }, holder)
  assert.strictEqual(confirmed["confirmed"], true)
  return { email, passkey }
})

type Person = Effect.Success<typeof aPerson>

const assertion = ({ passkey }: Person, options: unknown) =>
  Effect.map(Schema.decodeUnknownEffect(PasskeyRequestOptions)(options), (asked) => passkey.assert(asked))

const signInAnswer = Effect.fnUntraced(function*(person: Person) {
  const passkey = yield* assertion(person, yield* post("/passkeys/sign-in-options"))
  return { path: "/sessions", json: { passkey }, token: undefined }
})

const Pending = Schema.Struct({ id: Schema.String, passkey_options: Schema.Unknown })

const secondFactorAnswer = Effect.fnUntraced(function*(person: Person) {
  const challenged = yield* post("/sessions", { email: person.email, password: PASSWORD })
  const pending = yield* Schema.decodeUnknownEffect(Pending)(challenged["sign_in"])
  const passkey = yield* assertion(person, pending.passkey_options)
  return { path: `/sign-ins/${pending.id}/factor`, json: { passkey }, token: undefined }
})

const elevationAnswer = Effect.fnUntraced(function*(person: Person) {
  const signIn = yield* signInAnswer(person)
  const token = String((yield* post(signIn.path, signIn.json))["token"])
  const passkey = yield* assertion(person, yield* post("/sessions/me/elevation-options", undefined, token))
  return { path: "/sessions/me/elevation", json: { passkey }, token }
})

layer(TwoServers.layer, { excludeTestServices: true })("on two servers", (it) => {
  it.effect.each([
    { ceremony: "a sign-in", answer: signInAnswer },
    { ceremony: "a second factor", answer: secondFactorAnswer },
    { ceremony: "an elevation", answer: elevationAnswer }
  ])(
    "[P3] [ASVS 6.5.1] of 64 times the same answer of a passkey to $ceremony, one has its effect",
    ({ answer }) =>
      Effect.gen(function*() {
        const { send } = yield* TwoServers
        const person = yield* aPerson
        for (const _ of yield* roundsOf(1)) {
          const { json, path, token } = yield* answer(person)
          const replies = yield* Effect.forEach(
            Array.from({ length: AT_ONCE }),
            (__, index) =>
              send(index % 2 === 0 ? 0 : 1, "POST", path, { json, ...(token === undefined ? {} : { token }) }),
            { concurrency: "unbounded" }
          )
          const statuses = replies.map(({ status }) => status)
          assert.lengthOf(statuses.filter((status) => status < 300), 1)
          assert.deepStrictEqual(statuses.filter((status) => status >= 300 && status !== 401 && status !== 410), [])
        }
      }),
    RACE_TIMEOUT
  )
})
