import { Context } from "effect"
import type { Actor } from "../model/Audit.ts"

/** On whose behalf the current fiber works. The transports set it around every request or command. */
export interface AuditOrigin {
  readonly actor: Actor
  readonly requestId: string | undefined
  readonly clientAddress: string | undefined
}

export const AuditContext = Context.Reference<AuditOrigin>("identity/domain/services/AuditContext", {
  defaultValue: () => ({ actor: { type: "system" }, requestId: undefined, clientAddress: undefined })
})
