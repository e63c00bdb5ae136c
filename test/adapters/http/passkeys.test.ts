/** Passkeys over HTTP, with an authenticator in software. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { AuditReview } from "../../../src/domain/audit/AuditReview.ts"
import { PasskeyCreationOptions, PasskeyRequestOptions } from "../../../src/domain/model/PasskeyOptions.ts"
import { makePasskey } from "../../support/SoftAuthenticator.ts"
import type { Circumstances, SoftPasskey } from "../../support/SoftAuthenticator.ts"
import { ADA, adaSignedIn, bearer, TestIdentity } from "../../support/TestIdentity.ts"
import type { Answer } from "../../support/TestIdentity.ts"
import * as TestServices from "../../support/TestServices.ts"

const optionsIn = (json: unknown) => Schema.decodeUnknownEffect(PasskeyRequestOptions)(json)

const send = Effect.fnUntraced(function*(path: string, json?: unknown, token?: string) {
  const { send } = yield* TestIdentity
  return yield* send("POST", path, {
    ...(json === undefined ? {} : { json }),
    ...(token === undefined ? {} : { headers: bearer(token) })
  })
})

const tokenIn = ({ json }: Answer) => String(json["token"])

const codeIn = ({ json, status }: Answer) => [status, json["code"]]

/** Asks for a passkey of the account. */
const enrolling = Effect.fnUntraced(function*(token: string, name = "My laptop") {
  const enrolled = yield* send("/accounts/me/factors", { type: "passkey", name }, token)
  assert.strictEqual(enrolled.status, 201)
  const options = yield* Schema.decodeUnknownEffect(PasskeyCreationOptions)(enrolled.json["options"])
  const confirm = (registration: unknown) =>
    send(`/accounts/me/factors/${String(enrolled.json["id"])}/confirm`, { registration }, token)
  return { options, confirm }
})

const elevatedAda = Effect.gen(function*() {
  const { token } = yield* adaSignedIn
  return tokenIn(yield* send("/sessions/me/elevation", { current_password: ADA.password }, token))
})

/** Ada with a passkey, and the token of an elevated session. */
const withPasskey = Effect.gen(function*() {
  const token = yield* elevatedAda
  const { confirm, options } = yield* enrolling(token)
  const passkey = makePasskey(options, TestServices.PASSKEY_ORIGIN)
  const confirmed = yield* confirm(passkey.registration)
  assert.strictEqual(confirmed.status, 200)
  return { confirmed, passkey, token }
})

const signInOptions = Effect.flatMap(send("/passkeys/sign-in-options"), ({ json }) => optionsIn(json))

const signIn = Effect.fnUntraced(function*(passkey: SoftPasskey, given?: Circumstances) {
  return yield* send("/sessions", { passkey: passkey.assert(yield* signInOptions, given) })
})

/** What a sign-in by password is answered with. */
const challenged = Effect.gen(function*() {
  const answer = yield* send("/sessions", { email: ADA.email, password: ADA.password })
  assert.deepStrictEqual(codeIn(answer), [401, "second-factor-required"])
  const { id, passkey_options } = yield* Schema.decodeUnknownEffect(
    Schema.Struct({ id: Schema.String, passkey_options: PasskeyRequestOptions })
  )(answer.json["sign_in"])
  return { options: passkey_options, complete: (passkey: unknown) => send(`/sign-ins/${id}/factor`, { passkey }) }
})

const test = (sentence: string, effect: Effect.Effect<void, unknown, AuditReview | TestIdentity>) =>
  it.effect(sentence, () => Effect.provide(effect, TestIdentity.layer))

describe("a passkey", () => {
  test(
    "[ASVS 6.5.1] is enrolled once it is made, shown without its key, and asked for beside the password from then on",
    Effect.gen(function*() {
      const { confirmed, passkey } = yield* withPasskey
      assert.deepInclude(confirmed.json, {
        type: "passkey",
        name: "My laptop",
        confirmed: true,
        passkey: { backed_up: false, aaguid: "00000000-0000-0000-0000-000000000000" }
      })
      const { complete, options } = yield* challenged
      assert.deepStrictEqual(options.allowCredentials.map(({ id }) => id), [passkey.registration.id])
      const completed = yield* complete(passkey.assert(options))
      assert.strictEqual(completed.status, 201)
      assert.deepInclude(completed.json, { amr: ["pwd", "hwk", "user", "mfa"], aal: 2 })
    })
  )

  test(
    "signs its holder in without a name, and the session has both factors",
    Effect.gen(function*() {
      const { passkey } = yield* withPasskey
      const { json, status } = yield* signIn(passkey, { backedUp: true })
      assert.strictEqual(status, 201)
      assert.deepInclude(json, { amr: ["swk", "user", "mfa"], aal: 2, elevated_until: null })
    })
  )

  test(
    "[ASVS 7.5.3] elevates the session that was asked, and no other",
    Effect.gen(function*() {
      const { passkey } = yield* withPasskey
      const [one, other] = [tokenIn(yield* signIn(passkey)), tokenIn(yield* signIn(passkey))]
      const options = yield* optionsIn((yield* send("/sessions/me/elevation-options", undefined, one)).json)
      const proof = { passkey: passkey.assert(options) }
      assert.deepStrictEqual(codeIn(yield* send("/sessions/me/elevation", proof, other)), [401, "invalid-code"])
      const elevated = yield* send("/sessions/me/elevation", proof, one)
      assert.strictEqual(elevated.status, 200)
      assert.isString(elevated.json["elevated_until"])
      assert.deepStrictEqual(codeIn(yield* send("/sessions/me/elevation", proof, one)), [401, "session-required"])
    })
  )

  test(
    "[ASVS 6.3.3] is needed where the password isn't enough to elevate a session",
    Effect.gen(function*() {
      const { token } = yield* withPasskey
      const answer = yield* send("/sessions/me/elevation", { current_password: ADA.password }, token)
      assert.deepStrictEqual([...codeIn(answer), answer.json["sign_in"]], [401, "second-factor-required", undefined])
    })
  )

  test(
    "[ASVS 6.5.1] [ASVS 6.7.2] answers a challenge once",
    Effect.gen(function*() {
      const { passkey } = yield* withPasskey
      const answer = { passkey: passkey.assert(yield* signInOptions) }
      assert.strictEqual((yield* send("/sessions", answer)).status, 201)
      assert.deepStrictEqual(codeIn(yield* send("/sessions", answer)), [401, "invalid-credentials"])
      const { complete, options } = yield* challenged
      const assertion = passkey.assert(options)
      assert.strictEqual((yield* complete(assertion)).status, 201)
      assert.deepStrictEqual(codeIn(yield* complete(assertion)), [410, "challenge-over"])
    })
  )

  test(
    "[ASVS 6.5.1] [ASVS 6.7.2] answers no challenge of another ceremony, and none that we didn't make",
    Effect.gen(function*() {
      const { passkey, token } = yield* withPasskey
      const { complete, options } = yield* challenged
      assert.deepStrictEqual(
        codeIn(yield* send("/sessions", { passkey: passkey.assert(options) })),
        [401, "invalid-credentials"]
      )
      const signInAnswer = passkey.assert(yield* signInOptions)
      assert.deepStrictEqual(codeIn(yield* complete(signInAnswer)), [401, "invalid-code"])
      const forged = Buffer.from("forged").toString("base64url")
      assert.deepStrictEqual(codeIn(yield* signIn(passkey, { challenge: forged })), [401, "invalid-credentials"])
      const [one, other] = [yield* enrolling(token), yield* enrolling(token)]
      const { registration } = makePasskey(one.options, TestServices.PASSKEY_ORIGIN)
      assert.deepStrictEqual(codeIn(yield* other.confirm(registration)), [401, "invalid-code"])
    })
  )

  test(
    "[ASVS 6.5.5] answers for five minutes",
    Effect.gen(function*() {
      const { passkey } = yield* withPasskey
      const [inTime, late] = [yield* signInOptions, yield* signInOptions]
      yield* TestClock.adjust("299 seconds")
      assert.strictEqual((yield* send("/sessions", { passkey: passkey.assert(inTime) })).status, 201)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* send("/sessions", { passkey: passkey.assert(late) })).status, 401)
    })
  )

  test(
    "of nobody, or of an account that is gone, signs nobody in",
    Effect.gen(function*() {
      const { send: request } = yield* TestIdentity
      const { passkey, token } = yield* withPasskey
      const stranger = makePasskey((yield* enrolling(token)).options, TestServices.PASSKEY_ORIGIN)
      assert.deepStrictEqual(codeIn(yield* signIn(stranger)), [401, "invalid-credentials"])
      const gone = yield* request("DELETE", "/accounts/me", { json: {}, headers: bearer(token) })
      assert.strictEqual(gone.status, 204)
      assert.deepStrictEqual(codeIn(yield* signIn(passkey)), [401, "invalid-credentials"])
    })
  )

  test(
    "whose authenticator counts fewer uses than before signs in, and that is recorded",
    Effect.gen(function*() {
      const { passkey } = yield* withPasskey
      const suspected = {
        action: Option.some("factor.suspected" as const),
        accountId: Option.none(),
        since: Option.none()
      }
      const { list } = yield* AuditReview
      const recorded = Effect.map(list(suspected, { limit: 9, after: Option.none() }), ({ items }) => items.length)
      for (const [signCount, entries] of [[9, 0], [4, 1]] as const) {
        assert.strictEqual((yield* signIn(passkey, { signCount })).status, 201)
        assert.strictEqual(yield* recorded, entries)
      }
    })
  )

  test(
    "has to be in its form, and may have members that nobody knows yet",
    Effect.gen(function*() {
      const { passkey } = yield* withPasskey
      const assertion = passkey.assert(yield* signInOptions)
      const garbled = { ...assertion, response: { ...assertion.response, signature: "not base64url!" } }
      const refused = yield* send("/sessions", { passkey: garbled })
      assert.deepStrictEqual(refused.json["errors"], [
        { pointer: "/passkey/response/signature", detail: "must be base64url without padding" }
      ])
      const newer = { ...assertion, newer: { members: true }, response: { ...assertion.response, newer: [1] } }
      assert.strictEqual((yield* send("/sessions", { passkey: newer })).status, 201)
    })
  )

  test(
    "is asked for only where there is one",
    Effect.gen(function*() {
      const { token } = yield* adaSignedIn
      assert.strictEqual((yield* send("/sessions/me/elevation-options", undefined, token)).status, 404)
    })
  )
})

describe("the document of related origins", () => {
  const PATH = "/.well-known/webauthn"

  const documentWith = (relatedOrigins: ReadonlyArray<string>) =>
    TestIdentity.use(({ send }) => send("GET", PATH)).pipe(
      Effect.provide(Layer.provide(TestIdentity.layerOver({ relatedOrigins }), TestServices.layer))
    )

  it.effect("names them all without a session", () =>
    Effect.gen(function*() {
      const origins = ["https://app.example.com", "https://example.org"]
      const { cookies, headers, json, status } = yield* documentWith(origins)
      assert.deepStrictEqual([status, cookies, json], [200, [], { origins }])
      assert.strictEqual(headers["content-type"], "application/json")
      assert.strictEqual(headers["cache-control"], "no-store")
    }))

  it.effect("is not found where there are none", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(codeIn(yield* documentWith([])), [404, "not-found"])
    }))
})
