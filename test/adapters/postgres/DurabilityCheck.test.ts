import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { PostgresClient } from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import * as DurabilityCheck from "../../../src/adapters/postgres/upkeep/DurabilityCheck.ts"
import { StoreUnavailable } from "../../../src/domain/model/IdentityErrors.ts"
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
    Effect.andThen(execute(target, setting(value)), Effect.provide(DurabilityCheck.warnUnlessDurable, clientOf(target)))
      .pipe(
        Effect.provide(Logger.layer([capture])),
        Effect.map(() => lines.splice(0))
      )
  return { on: yield* check("on"), off: yield* check("off") }
})

it.effect("a server that may lose acknowledged writes is warned of, and only that one", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* warnings, { on: [], off: ["Warn"] })
  }))

it.effect("a server is warned as soon as the database can be asked", () => {
  const lines: Array<string> = []
  let looks = 0
  const read: PostgresClient["Service"]["read"] = (_, work) =>
    Effect.suspend(() => (looks += 1) < 3 ? Effect.fail(new StoreUnavailable()) : Effect.orDie(work({ query })))
  const query = () => Effect.succeed({ fields: [], rows: [{ name: "fsync" }], rowCount: 1, command: "SELECT", oid: 0 })
  return Effect.gen(function*() {
    yield* Layer.build(DurabilityCheck.layer)
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(lines, [])
    yield* TestClock.adjust("1 minute")
    assert.deepStrictEqual(lines, ["Postgres may lose what it has acknowledged: a setting is off"])
  }).pipe(Effect.provide([
    Layer.mock(PostgresClient, { read }),
    Logger.layer([Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))])
  ]))
})
