import { assert, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import * as DatabaseLogin from "../../../src/adapters/postgres/connection/DatabaseLogin.ts"

const target = (reread: Redacted.Redacted) => ({
  url: Redacted.make("postgres://ada:first@127.0.0.1/identity"),
  reread: Effect.as(Effect.yieldNow, Option.some(reread))
})

it.effect("connections that are refused at the same time all follow the new login", () =>
  Effect.gen(function*() {
    const login = DatabaseLogin.make(target(Redacted.make("postgres://ada:second@127.0.0.1/identity")))
    const refused = login.current()
    const renewed = yield* Effect.all([login.renewed(refused), login.renewed(refused)], { concurrency: "unbounded" })
    assert.deepStrictEqual(renewed, [true, true])
  }))

it.effect("a login that has not changed is not tried again", () =>
  Effect.gen(function*() {
    const login = DatabaseLogin.make(target(Redacted.make("postgres://ada:first@127.0.0.1/identity")))
    const refused = login.current()
    const renewed = yield* Effect.all([login.renewed(refused), login.renewed(refused)], { concurrency: "unbounded" })
    assert.deepStrictEqual(renewed, [false, false])
  }))
