/**
 * How a statement that changes something records it: as one more part of the same statement.
 *
 * The part calls `record_audit_event` if the change happened. That function moves the end of the event's chain on,
 * which makes other writers of this chain, and of no other, wait until this statement is committed; the entry takes the
 * place that the end then names. The hash is computed where the previous one is known, so recording costs no round
 * trip.
 */
import { DateTime } from "effect"
import { actorText, canonicalText } from "../../../domain/model/Audit.ts"
import type { AuditEvent } from "../../../domain/model/Audit.ts"
import type { Placeholders } from "../statement.ts"

/** What `record_audit_event` is called with, in the order of its arguments. */
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
 * happened. Nothing is recorded unless the statement selects `recorded`, with at least one row when the change
 * happened.
 */
export const recordIf = (change: string, $: Placeholders<AuditEvent>): string =>
  `recorded AS (
    SELECT record_audit_event(${eventArguments.map((read) => $(read)).join(", ")}) AS sequence
    WHERE EXISTS (SELECT FROM ${change})
  )`

/** What a statement with such a part has to select. */
export const recorded = `(SELECT sequence FROM recorded) AS recorded`
