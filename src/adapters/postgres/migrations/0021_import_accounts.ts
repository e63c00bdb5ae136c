/**
 * Accounts that were imported. `external_id` is the id in the system that they came from; `imported` says what the last
 * import brought, so that the next one brings only what has changed since.
 *
 * `record_audit_events` does what `record_audit_event` does, for events of different chains: one call for each of
 * thousands of accounts would take most of an import's time.
 */
export const importAccounts = [
  `ALTER TABLE accounts
    ADD COLUMN external_id text COLLATE "C",
    ADD COLUMN imported text COLLATE "C"`,
  `CREATE FUNCTION record_audit_events(events json) RETURNS integer LANGUAGE sql VOLATILE SECURITY DEFINER
  BEGIN ATOMIC
    WITH event AS (
      SELECT * FROM json_to_recordset(events) AS e(chain text, text text, id text, at timestamptz, actor text,
        action text, account_id text, changed text, request_id text, address text)
    ), head AS (
      INSERT INTO audit_chains AS c (chain, sequence, hash)
      SELECT e.chain, coalesce(l.sequence, 0) + 1,
        encode(sha256(convert_to(repeat('0', 64) || e.text, 'UTF8')), 'hex')
      FROM event e LEFT JOIN LATERAL (
        SELECT max(a.sequence) AS sequence FROM audit_log a
        WHERE a.chain = e.chain AND a.sequence < 4611686018427387904
      ) l ON true
      ORDER BY e.chain
      ON CONFLICT (chain) DO UPDATE SET
        sequence = greatest(
          excluded.sequence, CASE WHEN c.sequence < 4611686018427387904 THEN c.sequence + 1 END
        ),
        hash = (
          SELECT encode(sha256(convert_to(c.hash || e.text, 'UTF8')), 'hex') FROM event e WHERE e.chain = c.chain
        )
      RETURNING c.chain, c.sequence, c.hash
    ), entry AS (
      INSERT INTO audit_log (chain, sequence, hash, id, occurred_at, actor, action, account_id, session_id, changed,
        request_id, client_address)
      SELECT e.chain, h.sequence, h.hash, e.id, e.at, e.actor, e.action, e.account_id, NULL, e.changed, e.request_id,
        e.address
      FROM event e JOIN head h ON h.chain = e.chain
      RETURNING audit_log.sequence
    )
    SELECT count(*)::integer FROM entry;
  END`,
  `REVOKE ALL ON FUNCTION record_audit_events FROM PUBLIC`
]
