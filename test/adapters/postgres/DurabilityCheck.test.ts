import { assert, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { warnUnlessDurable } from "../../../src/adapters/postgres/upkeep/DurabilityCheck.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"
import { clientOf, execute } from "./TestClient.ts"

const warnings = Effect.gen(function*() {
  const target = yield* TestPostgres.freshDatabase
  const setting = (value: "on" | "off") => `ALTER DATABASE ${target.database} SET synchronous_commit = ${value}`
  const lines: Array<unknown> = []
  const capture = Logger.make(({ logLevel }) => {
    lines.push(logLevel)
  })
  const check = (value: "on" | "off") =>
    Effect.andThen(execute(target, setting(value)), Effect.provide(warnUnlessDurable, clientOf(target))).pipe(
      Effect.provide(Logger.layer([capture])),
      Effect.map(() => lines.splice(0))
    )
  return { on: yield* check("on"), off: yield* check("off") }
})

it.effect("a server that may lose acknowledged writes is warned of, and only that one", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* warnings, { on: [], off: ["Warn"] })
  }))
