/**
 * Two servers on one Postgres database, as two nodes of one installation: each has a listener, connections and a hasher
 * of its own, and they share nothing but the database and the signing keys. Clients talk to them over sockets.
 *
 * Every change that a server acknowledges goes into a ledger, to hold the audit log against.
 */
import { assert } from "@effect/vitest"
import { Config, Context, Effect, Layer, Schedule, Schema } from "effect"
import { PostgresClient } from "../../src/adapters/postgres/connection/PostgresClient.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import { clientOf, execute } from "../adapters/postgres/TestClient.ts"
import * as PostgresNode from "../support/PostgresNode.ts"
import type { Reply } from "../support/PostgresNode.ts"
import * as TestPostgres from "../support/TestPostgres.ts"
import { Ledger } from "./Ledger.ts"

/** One of the two. */
export type Server = 0 | 1

export const servers: ReadonlyArray<Server> = [0, 1]

interface Asked extends PostgresNode.Asked {
  /** Whose account it is about, where neither path nor answer says so. */
  readonly account?: string
}

/** How many rounds of a race to run: what fits into CI, times IDENTITY_RACE_ROUNDS. */
export const roundsOf = (unlessAsked: number) =>
  Effect.map(
    Effect.orDie(Config.withDefault(Config.Int("IDENTITY_RACE_ROUNDS"), 1)),
    (factor) => Array.from({ length: unlessAsked * factor }, (_, round) => round)
  )

/** Long enough for a thousand rounds by hand, beside other work. */
export const RACE_TIMEOUT = 3_600_000

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
}>()("identityd/test/races/TwoServers") {
  /** Without limits, which would end every race early. */
  static readonly layer = Layer.suspend(() => makeLayer({}))

  /** Without limits, each with a hasher of the test's choice. */
  static readonly layerHashingWith = (hasher: PostgresNode.Hasher) => Layer.suspend(() => makeLayer({ hasher }))

  /** With the limits of a server. */
  static readonly layerLimited = Layer.suspend(() => makeLayer({ limits: Layer.empty }))
}

const makeLayer = (options: PostgresNode.NodeOptions) =>
  Layer.effect(
    TwoServers,
    Effect.gen(function*() {
      const target = yield* TestPostgres.freshDatabase
      yield* execute(target, `ALTER DATABASE ${target.database} SET synchronous_commit = off`)
      const node = PostgresNode.layer(clientOf(target), options)
      const nodes = yield* Effect.all([Layer.build(node), Layer.build(node)])
      const [first] = nodes
      const ledger = new Ledger()

      const send = Effect.fnUntraced(function*(server: Server, method: string, path: string, asked: Asked = {}) {
        const reply = yield* PostgresNode.send(nodes[server], method, path, asked)
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
        const { breaks, entries } = yield* Effect.orDie(Context.get(first, AuditReview).verify(() => Effect.void))
        assert.deepStrictEqual(breaks, [])
        assert.strictEqual(entries, audited.reduce((sum, { count }) => sum + count, 0))
        return entries
      })

      return TwoServers.of({ send, checkAudit })
    })
  )

const Counts = Schema.Array(Schema.Struct({ action: Schema.String, count: Schema.Int }))
