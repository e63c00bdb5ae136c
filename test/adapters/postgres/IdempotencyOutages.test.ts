/** What a client sees that sends a request again after an outage of the database, over sockets and on two servers. */
import { assert, it } from "@effect/vitest"
import { Context, Duration, Effect, Fiber, Layer, Schedule } from "effect"
import { SecureRandom } from "effect/crypto"
import { PublicAddress } from "../../../src/adapters/http/listener/HttpServer.ts"
import { ListenerState } from "../../../src/adapters/http/listener/ListenerState.ts"
import * as PostgresStores from "../../../src/adapters/postgres/PostgresStores.ts"
import * as PostgresSchemaMigrator from "../../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import * as GatedHasher from "../../support/GatedHasher.ts"
import { publicListener } from "../../support/RunningServer.ts"
import { ADA } from "../../support/TestIdentity.ts"
import { cheapHasher, core } from "../../support/TestServices.ts"
import { DisposableServer } from "./DisposableServer.ts"
import { clientOf } from "./TestClient.ts"

/** A server on the database, with a gate before the passwords that it checks. */
const node = Effect.map(DisposableServer, ({ url }) =>
  Layer.fresh(
    publicListener({ shutdownTimeout: Duration.millis(100) }).pipe(
      Layer.provide(core),
      Layer.provideMerge(GatedHasher.layer.pipe(Layer.provide(cheapHasher))),
      Layer.provide(SecureRandom.layerWebCrypto),
      Layer.provide(PostgresStores.layer),
      Layer.provideMerge(PostgresSchemaMigrator.layer),
      Layer.provide(clientOf({ url })),
      Layer.provide(ListenerState.layer),
      Layer.orDie
    )
  ))

const makeNode = Effect.gen(function*() {
  const context = yield* Layer.build(yield* node)
  const { port } = Context.get(context, PublicAddress)
  const post = (path: string, body: unknown, key?: string) =>
    Effect.promise(async () => {
      const { status } = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(key === undefined ? {} : { "idempotency-key": key }) },
        body: JSON.stringify(body)
      })
      return status
    })
  return {
    gate: Context.get(context, GatedHasher.Gate),
    migrate: Context.get(context, SchemaMigrator).migrate,
    signUp: post("/accounts", ADA),
    signIn: (key: string) => post("/sessions", { email: ADA.email, password: ADA.password }, key)
  }
})

/** Sends again while the answer is one of these; answers all that came. */
const again = (signIn: Effect.Effect<number>, ...statuses: ReadonlyArray<number>) => {
  const answers: Array<number> = []
  return Effect.tap(signIn, (status) => Effect.sync(() => answers.push(status))).pipe(
    Effect.repeat({ while: (status) => statuses.includes(status), schedule: Schedule.spaced("50 millis") }),
    Effect.map(() => answers),
    Effect.timeout("10 seconds")
  )
}

it.live(
  "[ASVS 16.5.2] after an outage a request that was unavailable can be sent again, at once to the same server",
  () =>
    Effect.gen(function*() {
      const server = yield* DisposableServer
      const [first, second] = yield* Effect.all([makeNode, makeNode])
      yield* first.migrate
      assert.strictEqual(yield* first.signUp, 201)
      const unavailable = yield* Effect.forkChild(
        Effect.forEach(["one", "two"], first.signIn, { concurrency: 2 }),
        { startImmediately: true }
      )
      yield* Effect.sync(first.gate.arrived).pipe(
        Effect.repeat({ until: (arrived) => arrived === 2, schedule: Schedule.spaced("1 millis") })
      )
      yield* server.end("SIGQUIT")
      yield* Effect.all([first.gate.open, second.gate.open])
      assert.deepStrictEqual(yield* Fiber.join(unavailable), [503, 503])
      yield* server.start
      const same = yield* again(first.signIn("one"), 503)
      assert.strictEqual(same.at(-1), 201)
      const other = yield* again(second.signIn("two"), 503, 409)
      assert.strictEqual(other.at(-1), 201)
      assert.strictEqual(yield* first.signIn("two"), 201)
    }).pipe(Effect.provide(DisposableServer.layer)),
  60_000
)
