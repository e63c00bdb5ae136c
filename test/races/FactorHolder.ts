/** Somebody who enrols factors at two servers. */
import { assert } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { totp } from "../../src/adapters/crypto/NodeOneTimeCodes.ts"
import { fromBase32 } from "../support/authenticator.ts"
import { anAddress, aSession, PASSWORD, signUp } from "./Person.ts"
import { TwoServers } from "./TwoServers.ts"
import type { Server } from "./TwoServers.ts"

const Enrolled = Schema.Struct({ id: Schema.String, secret: Schema.String })

/** The code of some steps from now, by the machine's clock, which is also the servers'. */
export const codeOf = (secret: string, steps: number) =>
  totp(fromBase32(secret), Math.floor(performance.timeOrigin / 30_000 + performance.now() / 30_000) + steps)

/** Somebody new, with an elevated session. */
export const elevatedPerson = Effect.gen(function*() {
  const { send } = yield* TwoServers
  const email = anAddress()
  yield* signUp(0, email)
  const { token } = yield* aSession(0, email)
  const elevated = yield* send(0, "POST", "/sessions/me/elevation", { token, json: { current_password: PASSWORD } })
  assert.strictEqual(elevated.status, 200)
  return { email, token: String(elevated.body["token"]) }
})

export const enrol = (token: string, type: string, server: Server = 0) =>
  TwoServers.use(({ send }) => send(server, "POST", "/accounts/me/factors", { token, json: { type, name: "Mine" } }))

/** An authenticator application that isn't confirmed. */
export const newTotp = (token: string) =>
  Effect.flatMap(enrol(token, "totp"), ({ body }) => Effect.orDie(Schema.decodeUnknownEffect(Enrolled)(body)))
