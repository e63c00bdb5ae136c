/**
 * How a statement that changes something records it: as two more parts of the same statement.
 *
 * The head of the event's chain moves on, which makes other writers of this chain, and of no other, wait until this
 * statement is committed; the entry takes the place that the head then names. Both happen only if the change did. The
 * hash is computed where the previous one is known, so recording costs no round trip.
 */
import { DateTime } from "effect"
import { actorText, canonicalText, CHAIN_START } from "../../domain/model/Audit.ts"
import type { AuditEvent } from "../../domain/model/Audit.ts"

/** Values for `recordIf`, in the order of its parameters. */
export const eventParameters = (event: AuditEvent): ReadonlyArray<unknown> => [
  event.chain,
  canonicalText(event),
  event.id,
  DateTime.toDateUtc(event.occurredAt),
  actorText(event.actor),
  event.action,
  event.accountId,
  event.sessionId,
  event.changed.join(","),
  event.requestId,
  event.clientAddress
]

const linked = (previous: string, text: string) => `encode(sha256(convert_to(${previous} || ${text}, 'UTF8')), 'hex')`

/**
 * The parts `head` and `entry` of a statement. `change` is the name of an earlier part that has rows if, and only if,
 * the change happened. The event's parameters are numbered from `first` on.
 */
export const recordIf = (change: string, first: number): string => {
  const parameter = (offset: number) => `$${first + offset}`
  const text = `${parameter(1)}::text`
  return `head AS (
    INSERT INTO audit_chains (chain, sequence, hash)
    SELECT ${parameter(0)}, 1, ${linked(`'${CHAIN_START}'`, text)} WHERE EXISTS (SELECT FROM ${change})
    ON CONFLICT (chain) DO UPDATE SET
      sequence = audit_chains.sequence + 1,
      hash = ${linked("audit_chains.hash", text)}
    RETURNING chain, sequence, hash
  ), entry AS (
    INSERT INTO audit_log (chain, sequence, hash, id, occurred_at, actor, action, account_id, session_id, changed,
      request_id, client_address)
    SELECT chain, sequence, hash, ${
    Array.from({ length: 9 }, (_, offset) => parameter(offset + 2)).join(", ")
  } FROM head
  )`
}
