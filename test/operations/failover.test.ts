/** The primary of three database servers dies while people write. `npm run test:ha` has it die three times. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { administer } from "../adapters/postgres/DisposableServer.ts"
import { identity, serve, untilReadiness } from "../e2e/IdentityProcess.ts"
import { isFull, printFigures } from "./Extent.ts"
import { ReplicatedServers } from "./ReplicatedServers.ts"
import { Writers } from "./Writers.ts"

const WRITERS = 8

/** How soon writes are acknowledged again after a promotion. */
const BACK_MS = 3000

const Emails = Schema.Array(Schema.Struct({ email: Schema.String }))

describe("a primary that dies", () => {
  it.live(
    "under eight writers: nothing acknowledged is lost, everything else is 503, and it is back three seconds after the promotion",
    () =>
      Effect.gen(function*() {
        const servers = yield* ReplicatedServers
        const full = yield* isFull
        const { database } = servers.primary()
        const variables = {
          IDENTITY_DATABASE_URL: `postgres://identity@${servers.hosts}/${database}?target_session_attrs=read-write`,
          IDENTITY_SIGNING_KEYS: "k1:b7BdnAJ-hKU8nQe24V-jjSpMfhkAtdYvgznnoUzYawU",
          IDENTITY_RATE_LIMITS: "off"
        }
        assert.strictEqual((yield* identity(["migrate"], variables)).exitCode, 0)
        const server = yield* serve(variables)
        yield* untilReadiness(server, 200)
        const writers = new Writers(server.url)

        const written = Effect.suspend(() => {
          const already = writers.acknowledgedAt.length
          return Effect.repeat(Effect.sleep("10 millis"), {
            until: () => writers.acknowledgedAt.length >= already + 50 || writers.wrong.length > 0
          })
        })
        const round = Effect.gen(function*() {
          yield* written
          const killedAt = performance.now()
          yield* servers.killPrimary
          yield* servers.promote
          const promotedAt = performance.now()
          yield* written
          const back = writers.acknowledgedAt.find((at) => at > promotedAt) ?? Infinity
          yield* servers.rejoin
          return { promoted: promotedAt - killedAt, back: back - promotedAt }
        })
        const times = yield* writers.during(WRITERS, Effect.replicateEffect(round, full ? 3 : 1))

        const { accounts, ended, live } = writers.acknowledged
        const rows = yield* administer(servers.primary().url, "SELECT email FROM accounts")
        const kept = new Set((yield* Schema.decodeUnknownEffect(Emails)(rows)).map(({ email }) => email))
        const statusesOf = (tokens: Iterable<string>) =>
          Effect.forEach(tokens, (token) => Effect.promise(() => writers.check(token)), { concurrency: 8 })
        const lost = [
          ...accounts.filter((email) => !kept.has(email)),
          ...(yield* statusesOf(live.values())).filter((status) => status !== 200),
          ...(yield* statusesOf(ended)).filter((status) => status !== 401)
        ]
        const figures = {
          acknowledged: writers.acknowledgedAt.length,
          lost: lost.length,
          answers: Object.fromEntries(writers.statuses),
          "promoted after (ms)": times.map(({ promoted }) => Math.round(promoted)),
          "back after (ms)": times.map(({ back }) => Math.round(back))
        }
        yield* printFigures("failover", figures)
        assert.deepStrictEqual([lost, writers.wrong], [[], []])
        // In the suite, other tests take the cores.
        if (full) { for (const { back } of times) assert.isAtMost(back, BACK_MS) }
        assert.strictEqual((yield* identity(["audit-log", "--verify"], variables)).exitCode, 0)
      }).pipe(Effect.provide(ReplicatedServers.layer)),
    600_000
  )
})
