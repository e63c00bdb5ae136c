/**
 * H7: what noting the use of a session writes. A use is noted at most once a minute, so all were last used long ago.
 * Whole pages, which Postgres writes at their first change after a checkpoint, are counted apart: how many there are
 * depends on how often it makes one.
 */
import { Effect } from "effect"
import { runIdentity, startIdentity } from "../contenders/Identity.ts"
import { execute } from "../machine/Postgres.ts"
import { Bench } from "../suite/Bench.ts"
import { measure } from "../suite/Measurement.ts"
import { atLeast, atMost } from "../suite/Verdict.ts"
import type { Findings } from "../suite/Verdict.ts"

const MANY = { accounts: 10_000, sessions: 200_000 }

const CONNECTIONS = 64

const counted = Effect.fnUntraced(function*(url: string) {
  // An idle connection shows its statistics after ten seconds.
  yield* Effect.sleep("12 seconds")
  const [row] = yield* execute(
    url,
    `SELECT n_tup_upd::int AS uses, n_tup_hot_upd::int AS hot, wal_bytes::bigint::float8 AS bytes, wal_fpi::int AS pages
     FROM pg_stat_user_tables, pg_stat_wal WHERE relname = 'sessions'`
  )
  const of = (name: string) => Number(row?.[name])
  return { uses: of("uses"), hot: of("hot"), bytes: of("bytes"), pages: of("pages") }
})

export const uses = Effect.gen(function*() {
  const bench = yield* Bench
  const { checks: requests, url } = yield* bench.database(MANY)
  // Moves the bounds by which it finds expired sessions, which the server would do meanwhile.
  yield* runIdentity(["prune"], { IDENTITY_DATABASE_URL: url })
  yield* execute(url, "UPDATE sessions SET last_used_at = now() - interval '1 hour'")
  yield* execute(url, "VACUUM FULL sessions")
  const server = yield* startIdentity({ database: url })
  const before = yield* counted(url)
  const { requests: checks } = yield* measure(server, {
    requests,
    connections: CONNECTIONS,
    seconds: bench.plan.seconds
  })
  const after = yield* counted(url)
  const noted = after.uses - before.uses
  const pages = after.pages - before.pages
  const bytes = after.bytes - before.bytes - pages * 8192
  const findings: Findings = {
    title: "Noted uses",
    columns: ["checks", "uses noted", "without a write to an index", "bytes of log each", "whole pages"],
    rows: [[checks, noted, after.hot - before.hot, bytes / noted, pages]],
    verdicts: [
      atMost({
        goal: "H7",
        sentence: "Write-ahead log of a noted use, whole pages aside",
        figure: bytes / noted / 1024,
        bound: 0.3,
        unit: "KB"
      }),
      atLeast({
        goal: "H7",
        sentence: "Noted uses that write to no index, of all",
        figure: (after.hot - before.hot) / noted,
        bound: 0.95
      })
    ]
  }
  return findings
}).pipe(Effect.scoped)
