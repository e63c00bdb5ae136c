import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { ClockAgreement } from "../../../src/domain/clock/SharedClock.ts"
import { knowing } from "../../support/machines.ts"
import { ADA, TestIdentity } from "../../support/TestIdentity.ts"
import * as TestServices from "../../support/TestServices.ts"

it.effect("[F8] nothing is decided before the store's clock was read; what explains is there", () => {
  let agreement: ClockAgreement = "unknown"
  return Effect.gen(function*() {
    const { send, signUp } = yield* TestIdentity
    const asked = [
      ["POST", "/accounts"],
      ["POST", "/sessions"],
      ["GET", "/sessions/me"],
      ["DELETE", "/sessions/ses_zzzzzzzzzzzzzzzzzzzzzzzzz"]
    ] as const
    for (const [method, path] of asked) {
      const { json, status } = yield* send(method, path, method === "POST" ? { json: ADA } : {})
      assert.deepStrictEqual([status, json["code"]], [503, "unavailable"], `${method} ${path}`)
    }
    assert.strictEqual((yield* send("GET", "/problems/unavailable")).status, 200)
    assert.strictEqual((yield* send("GET", "/nowhere")).status, 404)

    agreement = "far-off"
    assert.strictEqual((yield* signUp()).status, 201)
    assert.strictEqual((yield* send("GET", "/sessions/me")).status, 401)
  }).pipe(
    Effect.provide(
      TestIdentity.layerOver({}).pipe(Layer.provide(Layer.merge(TestServices.layer, knowing(() => agreement))))
    )
  )
})
