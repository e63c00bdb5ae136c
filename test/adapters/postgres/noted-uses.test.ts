/** What it costs the database to note that a session was used, which is most of what it writes. */
import { assert, layer } from "@effect/vitest"
import { Array, Brand, DateTime, Duration, Effect, Layer, Random } from "effect"
import * as PostgresClient from "../../../src/adapters/postgres/connection/PostgresClient.ts"
import * as PostgresSchemaMigrator from "../../../src/adapters/postgres/upkeep/PostgresSchemaMigrator.ts"
import type { SessionId } from "../../../src/domain/model/Session.ts"
import { SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import { SessionStore } from "../../../src/ports/SessionStore.ts"
import { START } from "../../support/builders.ts"
import { postgresStores } from "../../support/stores.ts"
import { administer, DisposableServer } from "./DisposableServer.ts"

const SESSIONS = 500

const ROUNDS = 4

const insertSessions = `
  INSERT INTO sessions (id, account_id, epoch, created_at, last_used_at, authenticated_at, expires_at, user_agent,
    ip_address)
  SELECT 'ses_' || lpad(n::text, 22, '0'), 'acct_' || lpad((n % 500)::text, 26, '0'), 0, at, at, at,
    at + interval '7 days', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', '192.0.2.1'
  FROM generate_series(1, ${SESSIONS}) n, (SELECT '${DateTime.formatIso(START)}'::timestamptz AS at) start`

const ids = Array.makeBy(SESSIONS, (index) => Brand.nominal<SessionId>()(`ses_${String(index + 1).padStart(22, "0")}`))

/** Everybody uses their session once, in whatever order. */
const round = Effect.fnUntraced(function*(minute: number) {
  const store = yield* SessionStore
  const lastUsedAt = DateTime.addDuration(START, Duration.minutes(minute))
  yield* Effect.forEach(yield* Random.shuffle(ids), (id) =>
    store.touchSession({
      id,
      lastUsedAt,
      expiresAt: DateTime.addDuration(lastUsedAt, "7 days"),
      unlessUsedSince: DateTime.subtractDuration(lastUsedAt, "1 minute")
    }), { concurrency: 16, discard: true })
})

layer(DisposableServer.layer, { excludeTestServices: true })("a use of a session that is noted", (it) => {
  it.effect("moves no index entry in 95 of 100 cases, and takes 300 bytes of the log at most", () =>
    Effect.gen(function*() {
      const { url } = yield* DisposableServer
      const client = PostgresClient.layer({ target: { url }, poolMax: 4, timeout: Duration.seconds(10) })
      const at = (statement: string) => Effect.map(administer(url, statement), ([row]) => Number(row?.["n"]))
      const used = Effect.gen(function*() {
        yield* (yield* SchemaMigrator).migrate
        yield* administer(url, insertSessions)
        const before = yield* at("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS n")
        yield* Effect.forEach(Array.range(1, ROUNDS), (minute) => round(minute * 10))
        return (yield* at("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS n")) - before
      })
      // What a connection counted is to be seen when it is closed.
      const written = yield* Effect.provide(
        used,
        Layer.merge(postgresStores, PostgresSchemaMigrator.layer).pipe(Layer.provide(client))
      )
      const updated = yield* at("SELECT n_tup_upd AS n FROM pg_stat_user_tables WHERE relname = 'sessions'")
      const inPlace = yield* at("SELECT n_tup_hot_upd AS n FROM pg_stat_user_tables WHERE relname = 'sessions'")
      const figures = `${inPlace} of ${updated} in place, ${Math.round(written / updated)} bytes each`
      assert.isAtLeast(updated, SESSIONS * ROUNDS, figures)
      assert.isAtLeast(inPlace / updated, 0.95, figures)
      assert.isAtMost(written / updated, 300, figures)
    }))
})
