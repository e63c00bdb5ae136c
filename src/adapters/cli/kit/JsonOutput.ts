/** The JSON of the audit log. Each field is mapped by name. */
import type { Actor, StoredEntry } from "../../../domain/model/Audit.ts"

/** An entry that can't be decoded has the member `unreadable`. */
export const auditEntryResource = ({ event, hash, id, sequence }: StoredEntry) => ({
  id,
  occurred_at: event?.occurredAt ?? null,
  actor: event === undefined ? null : actorResource(event.actor),
  action: event?.action ?? null,
  account_id: event?.accountId ?? null,
  session_id: event?.sessionId ?? null,
  changed: event?.changed ?? [],
  request_id: event?.requestId ?? null,
  client_address: event?.clientAddress ?? null,
  sequence,
  hash,
  ...(event === undefined ? { unreadable: true } : {})
})

const actorResource = (actor: Actor) => {
  if (actor.type === "account") return { type: actor.type, id: actor.id }
  return actor.type === "admin" ? { type: actor.type, name: actor.name } : { type: actor.type }
}
