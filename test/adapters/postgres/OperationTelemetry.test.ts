import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Metric, Tracer } from "effect"
import { PostgresClient } from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import { emailKey } from "../../../src/domain/model/Email.ts"
import { AccountStore } from "../../../src/ports/AccountStore.ts"
import { anAccount, anEmail, anEvent, anInsertion, atVersion, START } from "../../support/builders.ts"
import { postgresStores } from "../../support/stores.ts"
import { clientAt } from "./TestClient.ts"

const recordingTracer = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
}

const durations = Effect.map(
  Metric.snapshot,
  (snapshots) =>
    snapshots.flatMap((snapshot) =>
      snapshot.id === "db.client.operation.duration" && snapshot.type === "Histogram"
        ? [{ attributes: snapshot.attributes, count: snapshot.state.count }]
        : []
    )
)

layer(Layer.provideMerge(postgresStores, clientAt("read committed")))("telemetry of operations", (it) => {
  it.effect("an operation is one client span, whatever it takes, and holds no value", () =>
    Effect.gen(function*() {
      const store = yield* AccountStore
      const { spans, tracer } = recordingTracer()
      const account = anAccount()
      yield* Effect.gen(function*() {
        yield* store.insertAccount(anInsertion(account))
        yield* store.findAccountByEmail(emailKey(account.email))
        yield* store.updateAccount({
          id: account.id,
          precondition: atVersion(1),
          updatedAt: START,
          email: anEmail(),
          endSessions: true,
          commit: { audit: anEvent({ account }) }
        })
      }).pipe(Effect.withSpan("caller"), Effect.withTracer(tracer))
      const [caller, ...operations] = spans
      assert.deepStrictEqual(operations.map((span) => span.name), [
        "AccountStore.insertAccount",
        "AccountStore.findAccountByEmail",
        "AccountStore.updateAccount"
      ])
      for (const span of operations) {
        assert.strictEqual(span.kind, "client")
        assert.deepStrictEqual(span.parent._tag === "Some" ? span.parent.value.spanId : undefined, caller?.spanId)
        assert.strictEqual(span.attributes.get("db.system.name"), "postgresql")
        assert.strictEqual(`AccountStore.${span.attributes.get("db.operation.name")}`, span.name)
        assert.notInclude(JSON.stringify([...span.attributes]), account.email)
      }
    }))

  it.effect("durations are counted by operation and kind of failure", () =>
    Effect.gen(function*() {
      const { run } = yield* PostgresClient
      const timed = (statement: string) =>
        Effect.exit(run("Postgres.timed", (connection) => connection.query(statement)))
      yield* timed("SELECT 1")
      yield* timed("SELECT 1")
      yield* timed("SELECT 1 / 0")
      const known = { "db.system.name": "postgresql", "db.operation.name": "timed", unit: "s" }
      assert.deepStrictEqual(yield* durations, [
        { attributes: known, count: 2 },
        { attributes: { ...known, "error.type": "22012" }, count: 1 }
      ])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
})
