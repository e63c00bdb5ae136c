/**
 * Lets a statement that changes something record it, as one more part of the same statement.
 *
 * If the change happened, the part calls `record_audit_event`. That function moves the end of the event's chain, so
 * other writers of this chain, and of no other, wait until this statement is committed. The entry takes the place that
 * the end then names. The database computes the hash, because it has the previous one, so recording costs no round
 * trip.
 */
import { DateTime } from "effect"
import { actorText, canonicalText } from "../../../domain/model/Audit.ts"
import type { AuditEvent } from "../../../domain/model/Audit.ts"
import { millisText } from "../../../kernel/InstantText.ts"
import { remember } from "../../../kernel/Memo.ts"
import type { Placeholders } from "../statement.ts"

/** The arguments of `record_audit_event`, in order. */
const eventArguments: ReadonlyArray<(event: AuditEvent) => unknown> = [
  ({ chain }) => chain,
  canonicalText,
  ({ id }) => id,
  ({ occurredAt }) => DateTime.toDateUtc(occurredAt),
  ({ actor }) => actorText(actor),
  ({ action }) => action,
  ({ accountId }) => accountId,
  ({ sessionId }) => sessionId,
  ({ changed }) => changed.join(","),
  ({ requestId }) => requestId,
  ({ clientAddress }) => clientAddress
]

/**
 * The part `recorded` of a statement. `change` is the name of an earlier part that has rows if, and only if, the change
 * happened. The statement has to select `recorded`, with at least one row when the change happened; otherwise nothing
 * is recorded.
 */
export const recordIf = (change: string, $: Placeholders<AuditEvent>): string =>
  `recorded AS (
    SELECT record_audit_event(${eventArguments.map((read) => $(read)).join(", ")}) AS sequence
    WHERE EXISTS (SELECT FROM ${change})
  )`

/** The column that a statement with this part has to select. */
export const recorded = `(SELECT sequence FROM recorded) AS recorded`

/** A call that records events without a session, each in a chain of its own. */
export const recordAll = ($: Placeholders<ReadonlyArray<AuditEvent>>): string =>
  `record_audit_events(${$((events) => JSON.stringify(events.map(toRecord)))}::json)`

/** Events that are recorded together have happened at once. */
const momentText = remember(1, millisText)

const toRecord = (event: AuditEvent) => ({
  chain: event.chain,
  text: canonicalText(event),
  id: event.id,
  at: momentText(event.occurredAt.epochMilliseconds),
  actor: actorText(event.actor),
  action: event.action,
  account_id: event.accountId,
  changed: event.changed.join(","),
  request_id: event.requestId,
  address: event.clientAddress
})
