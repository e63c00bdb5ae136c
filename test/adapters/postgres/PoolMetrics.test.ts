import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer } from "effect"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import { Directory } from "../../../src/ports/Directory.ts"
import { withStoreDeadline } from "../../../src/ports/StoreDeadline.ts"
import { snapshotsOf, valueOf, valuesBy, withOwnMetrics } from "../../support/metrics.ts"
import { postgresStores } from "../../support/stores.ts"
import * as TestPostgres from "../../support/TestPostgres.ts"
import { clientAt } from "./TestClient.ts"

const states = valuesBy("db.client.connection.state", "db.client.connection.count")

const waits = Effect.map(snapshotsOf("db.client.connection.wait_time"), ([snapshot]) => snapshot?.values[0])

const withClient = <A, E>(use: (run: (statement: string) => Effect.Effect<unknown>) => Effect.Effect<A, E>) =>
  Effect.flatMap(
    TestPostgres.emptyDatabase,
    (target) =>
      Effect.flatMap(
        PostgresClient.PostgresClient,
        ({ run }) =>
          use((statement) => Effect.ignore(run("Postgres.test", (connection) => connection.query(statement))))
      ).pipe(
        Effect.provide(PostgresClient.layer({ target, poolMax: 1, timeout: Duration.seconds(1) }))
      )
  ).pipe(withOwnMetrics)

/** Until the pool is as it is awaited. */
const until = (is: Effect.Effect<boolean>) =>
  Effect.timeout(Effect.repeat(Effect.andThen(Effect.sleep("5 millis"), is), { until: (done) => done }), "5 seconds")

layer(Layer.empty, { excludeTestServices: true })("metrics of the connections", (it) => {
  it.effect("show how many there are, what they do, and who waits", () =>
    withClient((run) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* states, { idle: 0, used: 0 })
        assert.strictEqual(yield* valueOf("db.client.connection.max"), 1)
        const busy = yield* Effect.forkChild(run("SELECT pg_sleep(0.3)"))
        yield* until(Effect.map(states, ({ used }) => used === 1))
        const next = yield* Effect.forkChild(run("SELECT 1"))
        yield* until(Effect.map(valueOf("db.client.connection.pending_requests"), (waiting) => waiting === 1))
        yield* Fiber.join(busy)
        yield* Fiber.join(next)
        assert.deepStrictEqual(yield* states, { idle: 1, used: 0 })
        assert.strictEqual(yield* valueOf("db.client.connection.pending_requests"), 0)
        // One waited for the connection to be opened, the other for the one before it.
        assert.strictEqual(yield* waits, 2)
      })
    ))

  it.effect("say nothing of an operation that found one idle", () =>
    withClient((run) =>
      Effect.gen(function*() {
        yield* run("SELECT 1")
        const before = yield* waits
        for (let times = 0; times < 20; times += 1) yield* run("SELECT 1")
        assert.deepStrictEqual([before, yield* waits], [1, 1])
      })
    ))

  it.effect("count those who got none in time, and nobody else", () =>
    withClient((run) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* valueOf("db.client.connection.timeouts"), 0)
        const busy = yield* Effect.forkChild(run("SELECT pg_sleep(5)"))
        yield* until(Effect.map(states, ({ used }) => used === 1))
        const hasty = withStoreDeadline(Duration.millis(50))(run("SELECT 1"))
        yield* Effect.all([hasty, hasty], { concurrency: "unbounded" })
        yield* Fiber.join(busy)
        assert.strictEqual(yield* valueOf("db.client.connection.timeouts"), 2)
      })
    ))
})

layer(Layer.provideMerge(postgresStores, clientAt("read committed")))("estimates of records", (it) => {
  it.effect("are what the database has counted for its planner", () =>
    Effect.gen(function*() {
      const { run } = yield* PostgresClient.PostgresClient
      const execute = (statement: string) => run("Postgres.test", (connection) => connection.query(statement))
      yield* execute(
        `INSERT INTO idempotency_keys SELECT md5(n::text), '', '', now(), now() FROM generate_series(1, 1234) n`
      )
      yield* execute("ANALYZE idempotency_keys")
      const { estimate } = yield* Directory
      assert.strictEqual((yield* estimate)["idempotency-key"], 1234)
    }))
})
