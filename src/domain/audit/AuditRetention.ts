import { Context } from "effect"
import type { Duration } from "effect"

/** How long entries of the audit log are kept; undefined means for ever. The store may keep them longer. */
export const AuditRetention = Context.Reference<Duration.Duration | undefined>(
  "identityd/domain/audit/AuditRetention",
  { defaultValue: () => undefined }
)
