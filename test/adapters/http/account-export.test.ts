/** What holders are given of everything that is stored about them. */
import { assert, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { AuditTrail } from "../../../src/domain/audit/AuditTrail.ts"
import { AccountId } from "../../../src/domain/model/Account.ts"
import { Caller } from "../../../src/domain/model/Caller.ts"
import { elevated, enrolTotp } from "../../support/authenticator.ts"
import { importing } from "../../support/imports.ts"
import { ADA, adaSignedIn, bearer, TestIdentity } from "../../support/TestIdentity.ts"

/** More than the stores are asked for at once. */
const SIGN_INS = 101

const Export = Schema.Struct({
  account: Schema.Struct({ id: AccountId, email: Schema.String }),
  external_id: Schema.NullOr(Schema.String),
  factors: Schema.Array(Schema.Struct({ id: Schema.String })),
  mails: Schema.Array(Schema.Struct({ purpose: Schema.String, to: Schema.String, status: Schema.String })),
  sessions: Schema.Array(Schema.Struct({ id: Schema.String })),
  audit_log: Schema.Array(
    Schema.Struct({
      action: Schema.String,
      actor: Schema.String,
      session_id: Schema.NullOr(Schema.String),
      client_address: Schema.NullOr(Schema.String)
    })
  )
})

const Listed = Schema.Struct({ sessions: Schema.Array(Schema.Struct({ id: Schema.String })) })

const ADMINISTRATOR = {
  actor: { type: "admin", name: "grace" },
  requestId: undefined,
  clientAddress: "198.51.100.4"
} as const

layer(TestIdentity.layer)("GET /accounts/me/export", (it) => {
  it.effect("[ASVS 7.5.3] gives the holder of an elevated session all that is theirs, and no secret", () =>
    Effect.gen(function*() {
      const { identity, token: plain } = yield* adaSignedIn
      const ask = (path: string, token: string) => identity.send("GET", path, { headers: bearer(token) })
      const refused = yield* ask("/accounts/me/export", plain)
      assert.deepStrictEqual([refused.status, refused.json["code"]], [401, "reauthentication-required"])

      yield* identity.signUp({ ...ADA, email: "bob@example.com" })
      const row = { external_id: "42", email: ADA.email, display_name: ADA.display_name }
      assert.deepStrictEqual(yield* importing([row], { ifExists: "update" }), ["updated"])
      const challenge = yield* identity.send("POST", "/accounts/me/email-verification", { headers: bearer(plain) })
      const token = yield* elevated(plain)
      const { id: factor, secret } = yield* enrolTotp(token)
      const account = yield* ask("/accounts/me", token)
      yield* (yield* AuditTrail).record({ action: "mail.shown", accountId: AccountId.make(String(account.json["id"])) })
        .pipe(Effect.provideService(Caller, ADMINISTRATOR))

      const { headers, json, status, text } = yield* ask("/accounts/me/export", token)
      assert.deepStrictEqual([status, headers["content-type"]], [200, "application/json"])
      const given = yield* Schema.decodeUnknownEffect(Export)(json)
      assert.deepStrictEqual(json["account"], account.json)
      assert.deepStrictEqual(json["factors"], (yield* ask("/accounts/me/factors", token)).json["factors"])
      assert.deepStrictEqual(given.factors.map(({ id }) => id), [factor])
      assert.strictEqual(given.external_id, "42")
      assert.deepStrictEqual(given.mails, [{ purpose: "email-verification", to: ADA.email, status: "waiting" }])
      assert.notInclude(text, String(challenge.json["id"]))
      assert.deepStrictEqual(given.sessions.map(({ id }) => id), [(yield* ask("/sessions/me", token)).json["id"]])
      assert.deepStrictEqual(given.audit_log.map(({ action }) => action), [
        "account.created",
        "session.started",
        "account.updated",
        "email-verification.started",
        "session.elevated",
        "factor.created",
        "factor.confirmed",
        "mail.shown",
        "account.exported"
      ])
      assert.strictEqual(given.audit_log.find(({ action }) => action === "mail.shown")?.actor, "admin")
      for (const hidden of [secret, "$argon2id$", "grace", "198.51.100.4", "bob@example.com"]) {
        assert.notInclude(text, hidden)
      }
    }))

  it.effect("has every session and every entry, however many there are", () =>
    Effect.gen(function*() {
      const { identity, token: plain } = yield* adaSignedIn
      // Slowly, because even right passwords are limited.
      yield* Effect.forEach(
        Array.from({ length: SIGN_INS }),
        () => Effect.andThen(TestClock.adjust("10 minutes"), identity.signIn())
      )
      const token = yield* elevated(plain)
      const { json } = yield* identity.send("GET", "/accounts/me/export", { headers: bearer(token) })
      const given = yield* Schema.decodeUnknownEffect(Export)(json)
      const listed = yield* identity.send("GET", "/sessions?limit=100", { headers: bearer(token) })
      const { sessions } = yield* Schema.decodeUnknownEffect(Listed)(listed.json)
      assert.deepStrictEqual(given.sessions.map(({ id }) => id), sessions.map(({ id }) => id))
      assert.strictEqual(
        given.audit_log.filter(({ action }) => action === "session.started").length,
        SIGN_INS + 1
      )
    }).pipe(Effect.provide(TestIdentity.layer, { local: true })))
})
