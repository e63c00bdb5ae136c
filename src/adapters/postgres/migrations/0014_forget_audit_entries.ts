/**
 * The only way to delete from the audit log, for operators who limit how long entries are kept. It deletes from the
 * beginning of a chain, in order, and never an entry of the last 30 days, even for its owner. The chain's row keeps the
 * hash that the rest starts from, so that the rest still verifies. Only the owner may call the function until others
 * are granted that.
 *
 * Ids sort by time, so the oldest entries have the lowest ids. An entry behind a younger one of its chain waits for
 * that one.
 */
export const forgetAuditEntries = [
  `ALTER TABLE audit_chains ADD COLUMN start_sequence bigint NOT NULL DEFAULT 0`,
  `ALTER TABLE audit_chains ADD COLUMN start_hash text NOT NULL DEFAULT '${"0".repeat(64)}'`,
  `CREATE FUNCTION forget_audit_entries(older_than timestamptz, entries_max integer) RETURNS integer
  LANGUAGE sql VOLATILE SECURITY DEFINER
  BEGIN ATOMIC
    WITH oldest AS (
      SELECT l.chain, l.sequence, l.hash, l.occurred_at FROM audit_log l ORDER BY l.id LIMIT entries_max
    ), numbered AS (
      SELECT o.chain, o.sequence, o.hash, row_number() OVER (PARTITION BY o.chain ORDER BY o.sequence) AS place
      FROM oldest o WHERE o.occurred_at < least(older_than, now() - interval '30 days')
    ), run AS (
      SELECT n.chain, n.sequence, n.hash FROM numbered n JOIN audit_chains c ON c.chain = n.chain
      WHERE n.sequence = c.start_sequence + n.place
    ), ends AS (
      SELECT DISTINCT ON (r.chain) r.chain, r.sequence, r.hash FROM run r ORDER BY r.chain, r.sequence DESC
    ), moved AS (
      UPDATE audit_chains c SET start_sequence = e.sequence, start_hash = e.hash FROM ends e
      WHERE c.chain = e.chain AND c.start_sequence < e.sequence
      RETURNING c.chain
    ), forgotten AS (
      DELETE FROM audit_log l USING run r, moved m
      WHERE l.chain = r.chain AND l.sequence = r.sequence AND m.chain = r.chain
      RETURNING l.id
    )
    SELECT count(*)::integer FROM forgotten;
  END`,
  `REVOKE ALL ON FUNCTION forget_audit_entries FROM PUBLIC`
]
