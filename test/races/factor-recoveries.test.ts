/** The owner's first recovery against a squatter, at the same time on two servers. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { secretsIn } from "../support/mailbox.ts"
import { codeOf, elevatedPerson, enrol, newTotp } from "./FactorHolder.ts"
import { RACE_TIMEOUT, roundsOf, TwoServers } from "./TwoServers.ts"

layer(TwoServers.layer, { excludeTestServices: true })("on two servers", (it) => {
  it.effect(
    "[ASVS 6.4.3] no factor is left that a squatter confirms or enrols while the owner recovers their account",
    () =>
      Effect.gen(function*() {
        const { send } = yield* TwoServers
        const rounds = yield* roundsOf(6)
        for (const round of rounds) {
          const { email, token } = yield* elevatedPerson
          const { id, secret } = yield* newTotp(token)
          const recovery = (yield* send(0, "POST", "/recoveries", { json: { email } })).body["id"]
          const { code } = yield* secretsIn("recovery", recovery)
          const [recovered, ...theirs] = yield* Effect.all([
            send(0, "POST", `/recoveries/${String(recovery)}/answer`, {
              json: { code, new_password: "a whole new password" }
            }),
            Effect.delay(
              send(1, "POST", `/accounts/me/factors/${id}/confirm`, { token, json: { code: codeOf(secret, 0) } }),
              `${round * 2} millis`
            ),
            Effect.delay(enrol(token, "recovery_codes", 1), `${round * 2} millis`)
          ], { concurrency: "unbounded" })
          assert.strictEqual(recovered.status, 200)
          assert.deepStrictEqual(theirs.filter(({ status }) => ![200, 201, 401, 404, 410].includes(status)), [])
          const owner = String(recovered.body["token"])
          const { body } = yield* send(1, "GET", "/accounts/me/factors", { token: owner })
          assert.deepStrictEqual(body["factors"], [])
        }
      }),
    RACE_TIMEOUT
  )
})
