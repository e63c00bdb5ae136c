/**
 * What a server's daily verification costs where there are many accounts. By hand, with a number of accounts: `node
 * test/bench/audit-verification.ts 1000000` makes a chain of three entries for each and verifies them as `watchAudit`
 * does, beside session checks of the same process.
 */
import { Brand, Console, Duration, Effect, Fiber, Layer, Redacted } from "effect"
import * as PostgresClient from "../../src/adapters/postgres/connection/PostgresClient.ts"
import { migrations } from "../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import { AuditReview } from "../../src/domain/audit/AuditReview.ts"
import type { SessionId } from "../../src/domain/model/Session.ts"
import { AuditLog } from "../../src/ports/AuditLog.ts"
import { Directory } from "../../src/ports/Directory.ts"
import { SessionStore } from "../../src/ports/SessionStore.ts"
import { TokenSigner } from "../../src/ports/TokenSigner.ts"
import { postgresStores } from "../support/stores.ts"
import { execute, MAINTENANCE, startPostgres } from "./machine/Postgres.ts"

const DEADLINE = Duration.seconds(2)

/** Chains that one statement makes. */
const AT_ONCE = 50_000
const ENTRIES = 3

const chain = `'acct_1' || lpad(c::text, 24, '0')`
const entryId = `'aud_1' || lpad((c * ${ENTRIES} + depth + 1)::text, 24, '0')`

const chainsFrom = (first: number, count: number) => `
  WITH RECURSIVE entry AS (
    SELECT c, 0 AS depth, repeat('0', 64) AS hash, NULL AS id FROM generate_series(${first}, ${first + count - 1}) AS c
    UNION ALL
    SELECT c, depth + 1, encode(sha256(convert_to(hash || format(
        '["%s","%s",1772366400000,"system","session.started","%s",null,[],null,null]',
        ${entryId}, ${chain}, ${chain}
      ), 'UTF8')), 'hex'), ${entryId}
    FROM entry WHERE depth < ${ENTRIES}
  ), logged AS (
    INSERT INTO audit_log (chain, sequence, hash, id, occurred_at, actor, action, account_id, changed)
    SELECT ${chain}, depth, hash, id, to_timestamp(1772366400), 'system', 'session.started', ${chain}, ''
    FROM entry WHERE depth > 0
  )
  INSERT INTO audit_chains (chain, sequence, hash) SELECT ${chain}, depth, hash FROM entry WHERE depth = ${ENTRIES}`

/** Keeps how long the longest of some effects took, in milliseconds. */
class Longest {
  milliseconds = 0
  readonly of = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      const begun = performance.now()
      return Effect.ensuring(
        effect,
        Effect.sync(() => {
          this.milliseconds = Math.max(this.milliseconds, performance.now() - begun)
        })
      )
    })
}

/** The time of a session check of which one in a hundred takes longer, while an effect runs, and its result. */
const besideChecks = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const { findSession } = yield* SessionStore
  const took: Array<number> = []
  const nobody = Brand.nominal<SessionId>()("nobody")
  const check = Effect.suspend(() => {
    const begun = performance.now()
    return Effect.andThen(findSession(nobody), Effect.sync(() => took.push(performance.now() - begun)))
  })
  const checking = yield* Effect.forkChild(Effect.forever(Effect.andThen(check, Effect.sleep("5 millis"))))
  const result = yield* effect
  yield* Fiber.interrupt(checking)
  return { result, p99: took.toSorted((one, other) => one - other)[Math.floor(took.length * 0.99)] ?? NaN }
})

const program = Effect.gen(function*() {
  const accounts = Number(process.argv[2] ?? 100_000)
  const url = (yield* startPostgres).url(MAINTENANCE)
  for (const statement of migrations.flatMap(({ statements }) => statements)) yield* execute(url, statement)
  for (let first = 0; first < accounts; first += AT_ONCE) {
    yield* execute(url, chainsFrom(first, Math.min(AT_ONCE, accounts - first)))
  }
  yield* execute(url, "VACUUM ANALYZE")

  const longest = new Longest()
  const timed = Layer.merge(
    Layer.effect(
      AuditLog,
      Effect.map(AuditLog, (log) => ({ ...log, chains: (parts) => longest.of(log.chains(parts)) }))
    ),
    Layer.effect(
      Directory,
      Effect.map(Directory, (all) => ({ ...all, listChains: (query) => longest.of(all.listChains(query)) }))
    )
  )
  const stores = Layer.provideMerge(timed, postgresStores).pipe(
    Layer.provide(PostgresClient.layer({ target: { url: Redacted.make(url) }, poolMax: 4, timeout: DEADLINE }))
  )
  yield* Effect.gen(function*() {
    const review = yield* AuditReview
    const alone = yield* besideChecks(Effect.sleep("10 seconds"))
    let heapMax = 0
    const pause = Effect.andThen(
      Effect.sync(() => heapMax = Math.max(heapMax, process.memoryUsage().heapUsed)),
      Effect.sleep("5 millis")
    )
    const cpu = process.cpuUsage()
    const begun = performance.now()
    const { p99, result } = yield* besideChecks(review.verify(() => pause, { breaksMax: 0 }))
    const seconds = (performance.now() - begun) / 1000
    const { user } = process.cpuUsage(cpu)
    yield* Console.log(JSON.stringify({
      ...result,
      seconds: Math.round(seconds),
      "CPU seconds": Math.round(user / 1e6),
      "longest statement (ms)": Math.round(longest.milliseconds),
      "largest heap (MB)": Math.round(heapMax / 1e6),
      "p99 of checks alone (ms)": Number(alone.p99.toFixed(1)),
      "p99 of checks beside it (ms)": Number(p99.toFixed(1))
    }))
  }).pipe(Effect.provide(
    AuditReview.layer.pipe(
      Layer.provide(Layer.mock(TokenSigner, { keyIds: ["k1"] })),
      Layer.provideMerge(stores)
    )
  ))
}).pipe(Effect.scoped)

await Effect.runPromise(program)
