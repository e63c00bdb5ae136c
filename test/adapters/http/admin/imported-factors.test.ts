/** Second factors that come with imported accounts. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import { PasskeyRequestOptions } from "../../../../src/domain/model/PasskeyOptions.ts"
import { adaWithFactors, enrolPasskey, giveFactor, shownBy, signInStarted } from "../../../support/authenticator.ts"
import { aKey, layer as world } from "../../../support/TestAdmin.ts"
import { ADA, bearer, TestIdentity } from "../../../support/TestIdentity.ts"
import { PASSKEY_ORIGIN } from "../../../support/TestServices.ts"

/** Sends a request with a key that may do everything. */
const administer = Effect.fnUntraced(function*(method: string, path: string, body?: string) {
  const { send } = yield* TestIdentity
  const { secret } = yield* aKey()
  return yield* send(method, path, {
    ...(body === undefined ? {} : { body }),
    headers: { ...bearer(Redacted.value(secret)), "content-type": "application/x-ndjson" }
  })
})

const giving = Effect.fnUntraced(function*(json: object) {
  const { id } = yield* signInStarted()
  const { json: answer, status } = yield* giveFactor(id, json)
  return status === 201 ? answer["aal"] : answer["code"]
})

describe("factors that are imported", () => {
  it.effect("sign their holders in where they are exported to, and codes that were used stay used", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      const { codes: [first, second], secret, token } = yield* adaWithFactors
      const passkey = yield* enrolPasskey(token, PASSKEY_ORIGIN)
      yield* giving({ recovery_code: first })
      const plain = yield* administer("GET", "/admin/exports/accounts")
      assert.include(plain.text, "\"factors_omitted\":3")
      assert.notMatch(plain.text, /"factors"|sealed/)
      const { text } = yield* administer("GET", "/admin/exports/accounts?credentials=true")
      assert.notInclude(text, secret)

      yield* Effect.gen(function*() {
        const { send } = yield* TestIdentity
        assert.include((yield* administer("POST", "/admin/imports", text)).text, "\"outcome\":\"created\"")
        const again = yield* administer("GET", "/admin/exports/accounts?credentials=true")
        const withoutUpdates = (rows: string) => rows.replaceAll(/"updated_at":"[^"]+"/g, "")
        assert.strictEqual(withoutUpdates(again.text), withoutUpdates(text))
        assert.strictEqual(yield* giving({ totp: yield* shownBy(secret) }), 2)
        assert.strictEqual(yield* giving({ recovery_code: first }), "invalid-code")
        assert.strictEqual(yield* giving({ recovery_code: second }), 2)
        const options = yield* Schema.decodeUnknownEffect(PasskeyRequestOptions)(
          (yield* send("POST", "/passkeys/sign-in-options")).json
        )
        const signedIn = yield* send("POST", "/sessions", { json: { passkey: passkey.assert(options) } })
        assert.deepStrictEqual([signedIn.status, signedIn.json["aal"]], [201, 2])
      }).pipe(Effect.provide(world, { local: true }))
    }).pipe(Effect.provide(world)))

  it.effect("are asked for if they come from another system, and their secrets show up nowhere", () =>
    Effect.gen(function*() {
      const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
      const { email, password } = ADA
      const { signUp } = yield* TestIdentity
      yield* signUp({ email: "model@example.com", password })
      const { text } = yield* administer("GET", "/admin/exports/accounts?credentials=true")
      const { password_hash } = Schema.decodeSync(Row)(text)
      const row = { email, display_name: "Ada", password_hash, factors: [{ type: "totp", secret }] }
      const outcomes = yield* administer("POST", "/admin/imports", `${JSON.stringify(row)}\n${JSON.stringify(row)}`)
      assert.deepStrictEqual(outcomes.text.match(/"outcome":"\w+"/g), [
        "\"outcome\":\"created\"",
        "\"outcome\":\"unchanged\""
      ])
      assert.strictEqual(yield* giving({ totp: yield* shownBy(secret) }), 2)
      const entries = yield* administer("GET", "/admin/audit-log?limit=100")
      const exported = yield* administer("GET", "/admin/exports/accounts?credentials=true")
      assert.notInclude(outcomes.text + entries.text + exported.text, secret)
      assert.include(entries.text, "\"changed\":[\"factors\"]")
    }).pipe(Effect.provide(world)))
})

const Row = Schema.fromJsonString(Schema.Struct({ password_hash: Schema.String }))
