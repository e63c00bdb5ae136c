/**
 * Two servers on one Postgres database, as two nodes of one installation: each has a listener, connections and a hasher
 * of its own, and they share nothing but the database and the signing keys. Clients talk to them over sockets.
 *
 * Every change that a server acknowledges goes into a ledger, to hold the audit log against.
 */
import { assert } from "@effect/vitest"
import { Config, Context, Duration, Effect, Layer, Option, Schedule, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import * as ZxcvbnPasswordBlocklist from "../../src/adapters/blocklist/ZxcvbnPasswordBlocklist.ts"
import * as HmacTokenSigner from "../../src/adapters/crypto/HmacTokenSigner.ts"
import * as SecureIdGenerator from "../../src/adapters/crypto/SecureIdGenerator.ts"
import { PublicAddress } from "../../src/adapters/http/HttpServer.ts"
import { Readiness } from "../../src/adapters/http/Readiness.ts"
import * as PostgresAttemptThrottle from "../../src/adapters/postgres/PostgresAttemptThrottle.ts"
import * as PostgresAuditLog from "../../src/adapters/postgres/PostgresAuditLog.ts"
import { PostgresClient } from "../../src/adapters/postgres/PostgresClient.ts"
import * as PostgresIdempotencyStore from "../../src/adapters/postgres/PostgresIdempotencyStore.ts"
import * as PostgresIdentityStore from "../../src/adapters/postgres/PostgresIdentityStore.ts"
import * as PostgresLeases from "../../src/adapters/postgres/PostgresLeases.ts"
import type { PostgresTarget } from "../../src/adapters/postgres/PostgresTarget.ts"
import { AttemptPolicy } from "../../src/domain/services/AttemptPolicy.ts"
import { AuditTrail } from "../../src/domain/services/AuditTrail.ts"
import * as Core from "../../src/domain/services/Core.ts"
import { clientOf, execute } from "../adapters/postgres/TestClient.ts"
import { publicListener } from "../support/RunningServer.ts"
import { OLD_KEY } from "../support/signing-keys.ts"
import { cheapHasher } from "../support/TestIdentity.ts"
import * as TestPostgres from "../support/TestPostgres.ts"
import { Ledger } from "./Ledger.ts"

/** One of the two. */
export type Server = 0 | 1

export const servers: ReadonlyArray<Server> = [0, 1]

export interface Asked {
  readonly token?: string
  /** Whose account it is about, where neither path nor answer says so. */
  readonly account?: string
  readonly json?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Reply {
  readonly status: number
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

/** How many rounds of a race to run: what fits into CI, times IDENTITY_RACE_ROUNDS. */
export const roundsOf = (unlessAsked: number) =>
  Effect.map(
    Effect.orDie(Config.withDefault(Config.Int("IDENTITY_RACE_ROUNDS"), 1)),
    (factor) => Array.from({ length: unlessAsked * factor }, (_, round) => round)
  )

/** Long enough for many rounds by hand. */
export const RACE_TIMEOUT = 600_000

/** What is true sooner or later, or the test is over. */
export const until = (condition: () => boolean) =>
  Effect.sync(condition).pipe(
    Effect.repeat({ until: (met) => met, schedule: Schedule.spaced("1 millis") }),
    Effect.timeout("10 seconds"),
    Effect.orDie
  )

/** Does something again and again, in several lanes on both servers, until the answer to `goesOn` is no. */
export const inLanes = <A>(
  lanesEach: number,
  goesOn: () => boolean,
  work: (server: Server) => Effect.Effect<A>
): Effect.Effect<void> =>
  Effect.forEach(
    servers.flatMap((server) => Array.from({ length: lanesEach }, () => server)),
    (server) => Effect.whileLoop({ while: goesOn, body: () => work(server), step: () => undefined }),
    { concurrency: "unbounded", discard: true }
  )

export class TwoServers extends Context.Service<TwoServers, {
  readonly send: (server: Server, method: string, path: string, asked?: Asked) => Effect.Effect<Reply>

  /**
   * [P7] Fails unless the audit log has one entry for each change the servers acknowledged, no other, and verifies;
   * answers how many entries that is.
   */
  readonly checkAudit: Effect.Effect<number>
}>()("identity/test/races/TwoServers") {
  /** Without limits, which would end every race early. */
  static readonly layer = Layer.suspend(() => makeLayer(unlimited, cheapHasher))

  /** Without limits, each with a hasher of the test's choice. */
  static readonly layerHashingWith = (hasher: Hasher) => Layer.suspend(() => makeLayer(unlimited, hasher))

  /** With the limits of a server. */
  static readonly layerLimited = Layer.suspend(() => makeLayer(Layer.empty, cheapHasher))
}

type Hasher = typeof cheapHasher

const unlimited = Layer.succeed(AttemptPolicy, "unlimited")

const makeLayer = (limits: Layer.Layer<never>, hasher: Hasher) =>
  Layer.effect(
    TwoServers,
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      yield* execute(target, `ALTER DATABASE ${target.database} SET synchronous_commit = off`)
      const nodes = yield* Effect.all([
        Layer.build(node(target, limits, hasher)),
        Layer.build(node(target, limits, hasher))
      ])
      const [first] = nodes
      const ledger = new Ledger()

      const send = Effect.fnUntraced(function*(server: Server, method: string, path: string, asked: Asked = {}) {
        const { port } = Context.get(nodes[server], PublicAddress)
        const reply = yield* exchange(`http://127.0.0.1:${port}${path}`, method, asked)
        ledger.enter(method, path, { ...reply, account: asked.account })
        return reply
      })

      const auditCounts = Effect.orDie(
        Context.get(first, PostgresClient).run(
          "Postgres.execute",
          (connection) => connection.query("SELECT action, count(*)::int AS count FROM audit_log GROUP BY action")
        )
      )

      const checkAudit = Effect.gen(function*() {
        const { rows } = yield* auditCounts
        const audited = yield* Effect.orDie(Schema.decodeUnknownEffect(Counts)(rows))
        assert.deepStrictEqual(ledger.changesIn(audited), ledger.changes())
        const { breaks, entries } = yield* Effect.orDie(Context.get(first, AuditTrail).verify(() => Effect.void))
        assert.deepStrictEqual(breaks, [])
        assert.strictEqual(entries, audited.reduce((sum, { count }) => sum + count, 0))
        return entries
      })

      return TwoServers.of({ send, checkAudit })
    })
  )

const Counts = Schema.Array(Schema.Struct({ action: Schema.String, count: Schema.Int }))

const node = (target: PostgresTarget, limits: Layer.Layer<never>, hasher: Hasher) =>
  Layer.fresh(
    publicListener({ shutdownTimeout: Duration.millis(100) }).pipe(
      Layer.provideMerge(Layer.provide(Core.layer, limits)),
      Layer.provide([
        HmacTokenSigner.layer([OLD_KEY]),
        SecureIdGenerator.layer,
        hasher,
        ZxcvbnPasswordBlocklist.layer
      ]),
      Layer.provide(SecureRandom.layerWebCrypto),
      Layer.provide([
        PostgresIdentityStore.layer,
        PostgresAttemptThrottle.layer,
        PostgresAuditLog.layer,
        PostgresIdempotencyStore.layer,
        PostgresLeases.layer
      ]),
      Layer.provideMerge(clientOf(target)),
      Layer.provide(Readiness.layer),
      Layer.orDie
    )
  )

const JsonObject = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown))

const exchange = (url: string, method: string, { headers, json, token }: Asked): Effect.Effect<Reply> =>
  Effect.promise(async () => {
    const response = await fetch(url, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) })
    })
    const text = await response.text()
    return { status: response.status, text, body: Option.getOrElse(Schema.decodeOption(JsonObject)(text), () => ({})) }
  })
