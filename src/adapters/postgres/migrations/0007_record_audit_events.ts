/**
 * The only way to write to the audit log for a role that neither owns nor may write its tables. The function runs with
 * the rights of its owner and puts each event after the last one of its chain. So such a role can add to a chain, but
 * can't choose a sequence or move an end.
 *
 * If an end was moved or lost, people can still sign in: the next entry comes after the last existing one, linked to
 * whatever the end says. A verification finds that.
 *
 * The constraints are not validated, because an earlier forged row must not prevent a release from being installed.
 */
export const recordAuditEvents = [
  `ALTER TABLE audit_chains ADD CONSTRAINT audit_chains_sequence CHECK (sequence > 0) NOT VALID`,
  `ALTER TABLE audit_log ADD CONSTRAINT audit_log_sequence CHECK (sequence > 0) NOT VALID`,
  `CREATE FUNCTION record_audit_event(
    of_chain text, canonical_text text, event_id text, event_at timestamptz, by_actor text, of_action text,
    of_account text, of_session text, changed_parts text, in_request text, from_address text
  ) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
  BEGIN ATOMIC
    WITH head AS (
      INSERT INTO audit_chains AS c (chain, sequence, hash)
      SELECT of_chain, coalesce(max(l.sequence), 0) + 1,
        encode(sha256(convert_to(repeat('0', 64) || canonical_text, 'UTF8')), 'hex')
      FROM audit_log l WHERE l.chain = of_chain AND l.sequence < 4611686018427387904
      ON CONFLICT (chain) DO UPDATE SET
        sequence = greatest(
          excluded.sequence, CASE WHEN c.sequence < 4611686018427387904 THEN c.sequence + 1 END
        ),
        hash = encode(sha256(convert_to(c.hash || canonical_text, 'UTF8')), 'hex')
      RETURNING c.sequence, c.hash
    ), entry AS (
      INSERT INTO audit_log (chain, sequence, hash, id, occurred_at, actor, action, account_id, session_id, changed,
        request_id, client_address)
      SELECT of_chain, head.sequence, head.hash, event_id, event_at, by_actor, of_action, of_account, of_session,
        changed_parts, in_request, from_address
      FROM head
      RETURNING audit_log.sequence
    )
    SELECT entry.sequence FROM entry;
  END`,
  `REVOKE ALL ON FUNCTION record_audit_event FROM PUBLIC`
]
