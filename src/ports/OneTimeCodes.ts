/**
 * The codes of authenticator applications, and recovery codes: what people type instead of a password.
 */
import { Context } from "effect"
import type { Effect, Option, Redacted } from "effect"

export class OneTimeCodes extends Context.Service<OneTimeCodes, {
  /** 160 bits from a cryptographically secure source (RFC 4226 §4). */
  readonly newSeed: Effect.Effect<Redacted.Redacted<Uint8Array>>

  /**
   * The step of a code: the current one, the one before or the one after (RFC 6238 §5.2, SHA-1, six digits). `None` if
   * the code belongs to none of them. Takes as long for a right code as for a wrong one.
   */
  readonly stepOf: (
    seed: Redacted.Redacted<Uint8Array>,
    code: Redacted.Redacted<string>,
    currentStep: number
  ) => Effect.Effect<Option.Option<number>>

  /** Ten codes of 120 bits for people to keep, all different. */
  readonly newRecoveryCodes: Effect.Effect<ReadonlyArray<Redacted.Redacted<string>>>

  /**
   * Identifies a recovery code without revealing it. Letter case, blanks and hyphens make no difference. Nobody can
   * guess a code from it, because codes are random.
   */
  readonly digestOf: (code: Redacted.Redacted<string>) => Effect.Effect<string>
}>()("identityd/ports/OneTimeCodes") {}
