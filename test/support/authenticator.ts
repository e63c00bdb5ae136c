/** People's authenticator applications, and how they enrol them over HTTP. */
import { assert } from "@effect/vitest"
import { DateTime, Effect, Schema } from "effect"
import { totp } from "../../src/adapters/crypto/NodeOneTimeCodes.ts"
import { PasskeyCreationOptions } from "../../src/domain/model/PasskeyOptions.ts"
import { makePasskey } from "./SoftAuthenticator.ts"
import { ADA, adaSignedIn, bearer, TestIdentity } from "./TestIdentity.ts"
import type { Answer } from "./TestIdentity.ts"

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

export const fromBase32 = (text: string): Uint8Array => {
  const bits = [...text].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("")
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
}

/** What an application shows `steps` steps from now. */
export const shownBy = (secret: string, steps = 0): Effect.Effect<string> =>
  Effect.map(
    DateTime.now,
    (now) => totp(fromBase32(secret), Math.floor(DateTime.toEpochMillis(now) / 30_000) + steps)
  )

/** A code that the application doesn't show. */
export const notShownBy = (secret: string): Effect.Effect<string> =>
  Effect.map(
    Effect.all([shownBy(secret, -1), shownBy(secret), shownBy(secret, 1)]),
    (shown) => ["000000", "000001", "000002", "000003"].find((code) => !shown.includes(code)) ?? ""
  )

/** Elevates a session by the password. Returns the new token. */
export const elevated = Effect.fnUntraced(function*(token: string) {
  const { send } = yield* TestIdentity
  const { json } = yield* send("POST", "/sessions/me/elevation", {
    headers: bearer(token),
    json: { current_password: ADA.password }
  })
  return String(json["token"])
})

export const enrol = Effect.fnUntraced(function*(token: string, type: string, name = "My phone") {
  const { send } = yield* TestIdentity
  return yield* send("POST", "/accounts/me/factors", { headers: bearer(token), json: { type, name } })
})

/** Enrols an application and confirms it by the code of the step before this one, or of another. */
export const enrolTotp = Effect.fnUntraced(function*(token: string, more = {}, steps = -1) {
  const { send } = yield* TestIdentity
  const { json } = yield* enrol(token, "totp")
  const [id, secret] = [String(json["id"]), String(json["secret"])]
  const confirmed = yield* send("POST", `/accounts/me/factors/${id}/confirm`, {
    headers: bearer(token),
    json: { code: yield* shownBy(secret, steps), ...more }
  })
  assert.strictEqual(confirmed.status, 200)
  return { id, secret }
})

/** Enrols a passkey that a page of `origin` makes. */
export const enrolPasskey = Effect.fnUntraced(function*(token: string, origin: string) {
  const { send } = yield* TestIdentity
  const { json } = yield* enrol(token, "passkey", "My laptop")
  const options = yield* Effect.orDie(Schema.decodeUnknownEffect(PasskeyCreationOptions)(json["options"]))
  const passkey = makePasskey(options, origin)
  const confirmed = yield* send("POST", `/accounts/me/factors/${String(json["id"])}/confirm`, {
    headers: bearer(token),
    json: { registration: passkey.registration }
  })
  assert.strictEqual(confirmed.status, 200, confirmed.text)
  return passkey
})

const Codes = Schema.Struct({ codes: Schema.Array(Schema.String) })

/**
 * Ada with recovery codes and an authenticator application, which is confirmed by the code that it shows this many
 * steps from now. Her session is elevated.
 */
export const adaEnrolled = Effect.fnUntraced(function*(steps: number) {
  const { identity, token: first } = yield* adaSignedIn
  const token = yield* elevated(first)
  const { id, secret } = yield* enrolTotp(token, {}, steps)
  const { codes } = yield* Effect.orDie(
    Schema.decodeUnknownEffect(Codes)((yield* enrol(token, "recovery_codes", "On paper")).json)
  )
  return { identity, token, factor: id, secret, codes }
})

export const adaWithFactors = adaEnrolled(-1)

const Pending = Schema.Struct({
  code: Schema.Literal("second-factor-required"),
  sign_in: Schema.Struct({ id: Schema.String, factors: Schema.Array(Schema.String), expires_at: Schema.String })
})

/** What an answer asks for. */
export const askedIn = ({ json }: Answer) =>
  Effect.map(Effect.orDie(Schema.decodeUnknownEffect(Pending)(json)), ({ sign_in }) => sign_in)

/** Gives the password and returns what is asked for. */
export const signInStarted = Effect.fnUntraced(function*(headers = {}) {
  const { send } = yield* TestIdentity
  const { email, password } = ADA
  const answer = yield* send("POST", "/sessions", { json: { email, password }, headers })
  assert.strictEqual(answer.status, 401, answer.text)
  return yield* askedIn(answer)
})

export const giveFactor = Effect.fnUntraced(function*(id: string, json: object, headers = {}) {
  const { send } = yield* TestIdentity
  return yield* send("POST", `/sign-ins/${id}/factor`, { json, headers })
})
