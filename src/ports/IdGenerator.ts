/**
 * Ids that the service assigns, so that it knows them before anything is stored.
 */
import { Context } from "effect"
import type { Effect } from "effect"
import type { AccountId } from "../domain/model/Account.ts"
import type { ApiKeyId } from "../domain/model/ApiKey.ts"
import type { AuditEntryId } from "../domain/model/Audit.ts"
import type { ChallengeId } from "../domain/model/Challenge.ts"
import type { DeviceId } from "../domain/model/Device.ts"
import type { FactorId } from "../domain/model/Factor.ts"
import type { MailId } from "../domain/model/Mail.ts"
import type { SessionId } from "../domain/model/Session.ts"

export class IdGenerator extends Context.Service<IdGenerator, {
  /** Sorts after every id that this generator has made, and by creation time across generators. Guessable. */
  readonly accountId: Effect.Effect<AccountId>

  /** Sorts like account ids. */
  readonly auditEntryId: Effect.Effect<AuditEntryId>

  /** Sorts like account ids. */
  readonly mailId: Effect.Effect<MailId>

  /** Sorts like account ids. */
  readonly apiKeyId: Effect.Effect<ApiKeyId>

  /** 128 bits from a cryptographically secure source. Reveals nothing about other ids. */
  readonly sessionId: Effect.Effect<SessionId>

  /** 128 bits from the same source. */
  readonly deviceId: Effect.Effect<DeviceId>

  /** 128 bits from the same source. */
  readonly challengeId: Effect.Effect<ChallengeId>

  /** 128 bits from the same source. */
  readonly factorId: Effect.Effect<FactorId>

  /** 128 bits from the same source, in 25 base36 digits. Identifies the holder of a claim or a lease. */
  readonly holderId: Effect.Effect<string>
}>()("identityd/ports/IdGenerator") {}
