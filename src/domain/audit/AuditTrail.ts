/**
 * Writes the audit log for the services.
 */
import { Context, DateTime, Effect, Layer } from "effect"
import { trusted } from "../../kernel/Trusted.ts"
import { AuditLog } from "../../ports/AuditLog.ts"
import type { UnconditionalCommit } from "../../ports/Commit.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import type { AccountId } from "../model/Account.ts"
import type { ApiKeyId } from "../model/ApiKey.ts"
import { AuditEvent, detailOf } from "../model/Audit.ts"
import type { AccountPart, AuditAction, AuditEntryId } from "../model/Audit.ts"
import type { AuthenticationMethod } from "../model/Authentication.ts"
import { Caller } from "../model/Caller.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"
import type { SessionId } from "../model/Session.ts"

/** What an event is about. `AuditTrail` adds who did it, when, and in which request. */
export interface AuditSubject {
  readonly action: AuditAction
  readonly accountId?: AccountId | undefined
  readonly sessionId?: SessionId
  readonly apiKeyId?: ApiKeyId | undefined
  readonly changed?: ReadonlyArray<AccountPart>
  /** How the holder of a session that begins or is elevated has proved who they are. */
  readonly amr?: ReadonlyArray<AuthenticationMethod>
}

/** Events without a known account or key are spread over this many chains, so that few writers wait for each other. */
const ANONYMOUS_CHAINS = 36

export class AuditTrail extends Context.Service<AuditTrail, {
  /** The commit of a mutation that the current caller makes now. */
  readonly commit: (subject: AuditSubject) => Effect.Effect<UnconditionalCommit>

  /** Makes those of many mutations that the current caller makes together, now. */
  readonly commits: Effect.Effect<(subject: AuditSubject) => Effect.Effect<UnconditionalCommit>>

  /** Records an event that changed nothing else. */
  readonly record: (subject: AuditSubject) => Effect.Effect<void, StoreUnavailable>
}>()("identityd/domain/audit/AuditTrail") {
  static readonly layer = Layer.effect(
    AuditTrail,
    Effect.gen(function*() {
      const log = yield* AuditLog
      const ids = yield* IdGenerator

      const eventOf = (subject: AuditSubject, id: AuditEntryId, caller: Caller, occurredAt: DateTime.Utc) =>
        trusted(AuditEvent, {
          id,
          chain: subject.accountId ?? subject.apiKeyId ?? anonymousChain(id),
          occurredAt,
          actor: caller.actor,
          action: subject.action,
          accountId: subject.accountId,
          sessionId: subject.sessionId,
          changed: subject.changed ?? detailOf(subject.amr ?? []),
          requestId: caller.requestId,
          clientAddress: caller.clientAddress
        })

      const describe = Effect.fnUntraced(function*(subject: AuditSubject) {
        return eventOf(subject, yield* ids.auditEntryId, yield* Caller, yield* DateTime.now)
      })

      const commit = (subject: AuditSubject) => Effect.map(describe(subject), (audit) => ({ audit }))

      const commits = Effect.zipWith(
        Caller,
        DateTime.now,
        (caller, now) => (subject: AuditSubject) =>
          Effect.map(ids.auditEntryId, (id) => ({ audit: eventOf(subject, id, caller, now) }))
      )

      const record = Effect.fn("AuditTrail.record")(function*(subject: AuditSubject) {
        yield* log.append(yield* describe(subject))
      })

      return AuditTrail.of({ commit, commits, record })
    })
  )
}

const anonymousChain = (id: AuditEntryId): string =>
  `anonymous-${(Number.parseInt(id.slice(-2), 36) % ANONYMOUS_CHAINS).toString().padStart(2, "0")}`
