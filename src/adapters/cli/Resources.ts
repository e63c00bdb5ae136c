/** What `--json` prints, named field by field. Accounts and sessions have the members of the HTTP resources. */
import { DateTime } from "effect"
import type { Account } from "../../domain/model/Account.ts"
import type { Actor, StoredEntry } from "../../domain/model/Audit.ts"
import type { Session } from "../../domain/model/Session.ts"

export const accountResource = (account: Account) => ({
  id: account.id,
  email: account.email,
  email_verified: account.emailVerified,
  display_name: account.displayName,
  status: account.status,
  created_at: DateTime.formatIso(account.createdAt),
  updated_at: DateTime.formatIso(account.updatedAt),
  version: account.version
})

export const sessionResource = (session: Session) => ({
  id: session.id,
  account_id: session.accountId,
  created_at: DateTime.formatIso(session.createdAt),
  last_used_at: DateTime.formatIso(session.lastUsedAt),
  expires_at: DateTime.formatIso(session.expiresAt),
  authenticated_at: DateTime.formatIso(session.authenticatedAt),
  user_agent: session.userAgent ?? null,
  ip_address: session.ipAddress ?? null
})

/** An entry that is no event any more has `unreadable`, which others don't. */
export const auditEntryResource = ({ event, hash, id, sequence }: StoredEntry) => ({
  id,
  occurred_at: event === undefined ? null : DateTime.formatIso(event.occurredAt),
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
