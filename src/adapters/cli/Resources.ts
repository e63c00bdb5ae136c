/** Accounts and sessions as `--json` prints them: the members of the HTTP resources, named field by field. */
import { DateTime } from "effect"
import type { Account } from "../../domain/model/Account.ts"
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
