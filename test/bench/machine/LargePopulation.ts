/** Millions of sessions and of audit entries. Indexes are made after the rows, which takes a fraction of the time. */
import { Effect } from "effect"
import { accountId, populate } from "./Population.ts"
import type { Population } from "./Population.ts"
import { execute } from "./Postgres.ts"

/** Runs statements while a table has none of the indexes that are there for searches. */
const withoutIndexes = Effect.fnUntraced(function*(url: string, table: string, work: Effect.Effect<unknown>) {
  const indexes = yield* execute(
    url,
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid = '${table}'::regclass AND NOT indisprimary`
  )
  yield* Effect.forEach(indexes, ({ name }) => execute(url, `DROP INDEX ${name}`), { discard: true })
  yield* work
  yield* Effect.forEach(indexes, ({ definition }) => execute(url, String(definition)), { discard: true })
})

export const addLargeSessions = (url: string, population: Population) =>
  withoutIndexes(url, "sessions", populate(url, population))

/**
 * One chain of entries, a second apart, about all accounts in turn. Most are sign-ins; one of 100,000 is about a
 * disabled account. Hashes are of no use.
 */
export const addAuditEntries = (url: string, count: number, { accounts }: Population) =>
  Effect.andThen(
    withoutIndexes(
      url,
      "audit_log",
      execute(
        url,
        `INSERT INTO audit_log (chain, sequence, hash, id, occurred_at, actor, action, account_id, session_id, changed,
           request_id, client_address)
         SELECT 'bench', n, md5('one' || n) || md5('other' || n), 'aud_0' || lpad(n::text, 24, '0'),
           date_trunc('milliseconds', now()) - (${count} - n) * interval '1 second', 'account:' || account,
           CASE WHEN n % 100000 = 0 THEN 'account.disabled' WHEN n % 10 = 0 THEN 'session.ended'
             ELSE 'session.started' END,
           account, 'ses_' || left(md5('session' || n), 25), '', 'req_' || md5('request' || n), '192.0.2.' || n % 250
         FROM generate_series(1, ${count}) n, LATERAL (SELECT ${accountId(`(1 + n % ${accounts})`)} AS account) a`
      )
    ),
    Effect.forEach(
      [
        `INSERT INTO audit_chains (chain, sequence, hash)
         SELECT chain, sequence, hash FROM audit_log WHERE chain = 'bench' ORDER BY sequence DESC LIMIT 1`,
        "VACUUM ANALYZE",
        "CHECKPOINT"
      ],
      (statement) => execute(url, statement),
      { discard: true }
    )
  )
