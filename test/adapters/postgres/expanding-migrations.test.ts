/** Migrations beside a service that goes on: what they do to its requests, whatever else holds its tables. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Layer, Option, Redacted, Result, Schedule } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { Connection } from "../../../src/adapters/postgres/connection/Connection.ts"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import type { PostgresTarget } from "../../../src/adapters/postgres/connection/PostgresTarget.ts"
import * as PostgresSchemaMigrator from "../../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import type { SqlMigration } from "../../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { MigrationProgress, SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { anAccount, anInsertion, aSession, aStart } from "../../support/builders.ts"
import { postgresStores } from "../../support/stores.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"
import { clientOf } from "./TestClient.ts"

const expanding: SqlMigration = { id: 9001, name: "expand", statements: ["ALTER TABLE accounts ADD COLUMN later text"] }

/** What `identity migrate` does, with one more migration. */
const migrate = (target: PostgresTarget, patience: Duration.Input = "1 minute") =>
  Effect.flatMap(SchemaMigrator, (migrator) => migrator.migrate).pipe(
    Effect.provide(
      PostgresSchemaMigrator.layerOf({
        migrations: [...PostgresSchemaMigrator.migrations, expanding],
        patience: Duration.fromInputUnsafe(patience)
      }).pipe(Layer.provide(clientOf(target)))
    )
  )

const migrateTo = (target: PostgresTarget, migrations: ReadonlyArray<SqlMigration>) =>
  Effect.flatMap(SchemaMigrator, (migrator) => migrator.migrate).pipe(
    Effect.provide(
      PostgresSchemaMigrator.layerOf({ migrations, patience: Duration.minutes(1) }).pipe(
        Layer.provide(clientOf(target))
      )
    )
  )

const inTransaction = (
  target: PostgresTarget,
  work: (connection: Connection) => Effect.Effect<void, SqlError>
) =>
  Effect.flatMap(
    PostgresClient.PostgresClient,
    ({ transactWithoutDeadline }) =>
      transactWithoutDeadline("Postgres.work", (connection) => Effect.as(work(connection), Result.void))
  ).pipe(Effect.provide(clientOf(target)))

const isBuilding = (target: PostgresTarget) =>
  Effect.flatMap(
    PostgresClient.PostgresClient,
    ({ run }) =>
      run("Postgres.look", (connection) =>
        connection.query(
          "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND datname = current_database()"
        ))
  ).pipe(Effect.map(({ rows }) => rows.length > 0), Effect.provide(clientOf(target)))

/** Reads accounts in a transaction that stays open while an effect runs, as a dump does. */
const besideReader = Effect.fnUntraced(function*<A, E, R>(
  target: PostgresTarget,
  use: (end: Effect.Effect<void>) => Effect.Effect<A, E, R>
) {
  const reading = yield* Deferred.make<void>()
  const done = yield* Deferred.make<void>()
  const read = Effect.flatMap(
    PostgresClient.PostgresClient,
    ({ transactWithoutDeadline }) =>
      transactWithoutDeadline("Postgres.read", (connection) =>
        Effect.gen(function*() {
          yield* connection.query("SELECT count(*) FROM accounts")
          yield* Deferred.succeed(reading, undefined)
          yield* Deferred.await(done)
          return Result.succeed(undefined)
        }))
  )
  const reader = yield* Effect.forkChild(Effect.provide(read, clientOf(target)))
  yield* Deferred.await(reading)
  const outcome = yield* use(Effect.asVoid(Deferred.succeed(done, undefined)))
  yield* Deferred.succeed(done, undefined)
  yield* Fiber.join(reader)
  return outcome
})

/** The service as its callers have it, which waits for its database no longer than they would. */
const served = (target: PostgresTarget) =>
  postgresStores.pipe(
    Layer.provide(PostgresClient.layer({ target, poolMax: 4, timeout: Duration.seconds(1) }))
  )

/** Signs somebody up and in, then checks and repeats that; counts what was answered. */
const requests = Effect.gen(function*() {
  const accountStore = yield* AccountStore
  const sessionStore = yield* SessionStore
  let answered = 0
  const one = Effect.gen(function*() {
    const account = anAccount()
    yield* accountStore.insertAccount(anInsertion(account))
    const session = aSession(account)
    yield* sessionStore.insertSession(aStart(session))
    assert.isTrue(Option.isSome(yield* sessionStore.findSession(session.id)))
    answered += 1
  })
  const looping = yield* Effect.forkChild(Effect.forever(Effect.andThen(one, Effect.sleep("5 millis"))))
  return { answered: () => answered, stop: Effect.suspend(() => Fiber.interrupt(looping)), looping }
})

describe("a migration beside a service that goes on", () => {
  it.live("[F12] one that expands a table behind an open reader fails no request, and is done when the reader is", () =>
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      const applied = yield* besideReader(target, (end) =>
        Effect.gen(function*() {
          const { answered, looping } = yield* requests
          const blockedTwice = yield* Deferred.make<void>()
          let blocked = 0
          const migration = yield* Effect.forkChild(
            Effect.provideService(migrate(target), MigrationProgress, {
              blocked: () =>
                Effect.suspend(() => (blocked += 1) === 2 ? Deferred.succeed(blockedTwice, undefined) : Effect.void)
            })
          )
          yield* Effect.raceFirst(Deferred.await(blockedTwice), Fiber.join(looping))
          const before = answered()
          assert.isAbove(before, 10)
          yield* end
          const applied = yield* Effect.raceFirst(
            Fiber.join(migration),
            Effect.andThen(Fiber.join(looping), Effect.never)
          )
          assert.isUndefined(looping.pollUnsafe())
          return applied
        })).pipe(Effect.provide(served(target)))
      assert.deepStrictEqual(applied, [{ id: 9001, name: "expand" }])
    }))

  it.live("[F12] one that is never let through gives up, says so, and leaves nothing half done", () =>
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      const refusal = yield* besideReader(target, () => Effect.flip(migrate(target, "1 second")))
      assert.deepInclude(refusal, { _tag: "MigrationBlocked", id: 9001, name: "expand" })
      assert.deepStrictEqual(yield* migrate(target), [{ id: 9001, name: "expand" }])
    }))

  it.live("[F12] one that is killed half-way lets go of its locks at once, and can be repeated", () =>
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      const script = fileURLToPath(new URL("stuck-migration.ts", import.meta.url))
      const child = spawn(process.execPath, [script], { stdio: ["pipe", "inherit", "inherit"] })
      child.stdin.end(JSON.stringify("url" in target ? { ...target, url: Redacted.value(target.url) } : target))
      const isStuck = Effect.map(
        Effect.provide(
          Effect.flatMap(
            PostgresClient.PostgresClient,
            ({ run }) =>
              run("Postgres.look", (connection) =>
                connection.query(
                  "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND wait_event = 'PgSleep'"
                ))
          ),
          clientOf(target)
        ),
        ({ rows }) => rows.length > 0
      )
      yield* Effect.repeat(isStuck, { until: (stuck) => stuck, schedule: Schedule.spaced("20 millis") })
      const closed = once(child, "close")
      child.kill("SIGKILL")
      yield* Effect.promise(() => closed)
      const lookUp = Effect.flatMap(AccountStore, (store) => store.insertAccount(anInsertion(anAccount())))
      yield* lookUp.pipe(
        Effect.retry({ schedule: Schedule.spaced("20 millis") }),
        Effect.timeout("5 seconds"),
        Effect.provide(served(target))
      )
      assert.deepStrictEqual(yield* migrate(target), [{ id: 9001, name: "expand" }])
    }))

  it.live(
    "[F12] an index is built while others write, and waits for them without being in their way",
    () =>
      Effect.flatMap(TestPostgres.emptyDatabase, (target) =>
        Effect.gen(function*() {
          const [others, index] = [
            PostgresSchemaMigrator.migrations.filter(({ id }) => id !== 9),
            PostgresSchemaMigrator.migrations.filter(({ id }) => id === 9)
          ]
          yield* migrateTo(target, others)
          const writing = yield* Deferred.make<void>()
          const done = yield* Deferred.make<void>()
          const writer = yield* Effect.forkChild(
            inTransaction(target, (connection) =>
              Effect.gen(function*() {
                yield* connection.query("DELETE FROM sessions WHERE id = 'nobody'")
                yield* Deferred.succeed(writing, undefined)
                yield* Deferred.await(done)
              }))
          )
          yield* Deferred.await(writing)
          const migrations = yield* Effect.forkChild(
            Effect.all([migrateTo(target, index), migrateTo(target, index)], { concurrency: "unbounded" })
          )
          yield* Effect.repeat(isBuilding(target), {
            until: (building) => building,
            schedule: Schedule.spaced("20 millis")
          })
          const { answered, looping, stop } = yield* requests
          yield* Effect.repeat(Effect.sync(answered), {
            until: (count) => count > 10,
            schedule: Schedule.spaced("5 millis")
          }).pipe(Effect.raceFirst(Fiber.join(looping)))
          assert.isUndefined(migrations.pollUnsafe())
          yield* Deferred.succeed(done, undefined)
          yield* Fiber.join(writer)
          assert.sameDeepMembers(yield* Fiber.join(migrations), [[], [{ id: 9, name: "index_sessions_by_epoch" }]])
          yield* stop
        }).pipe(Effect.provide(served(target)))),
    30_000
  )
})
