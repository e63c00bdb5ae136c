/**
 * Knows which signing keys live challenges need. Codes and tokens are derived from keys, so without its key what a mail
 * says answers nothing.
 */
import { Context, DateTime, Effect, Layer } from "effect"
import { Directory } from "../../ports/Directory.ts"
import { Retention } from "../../ports/Retention.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import { AuditTrail } from "../audit/AuditTrail.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"

/** The keys that live challenges need and that aren't in the ring. */
export const missingChallengeKeys = Effect.gen(function*() {
  const { keyIds } = yield* TokenSigner
  const needed = yield* (yield* Directory).challengeKeys(yield* DateTime.now)
  return needed.filter(({ key }) => !keyIds.includes(key))
})

export class ChallengeKeys extends Context.Service<ChallengeKeys, {
  /** Ends the challenges that need a key which isn't in the ring. Returns how many. */
  readonly endMissing: Effect.Effect<number, StoreUnavailable>
}>()("identityd/domain/challenges/ChallengeKeys") {
  static readonly layer = Layer.effect(
    ChallengeKeys,
    Effect.gen(function*() {
      const retention = yield* Retention
      const trail = yield* AuditTrail
      const missing = Effect.provideContext(missingChallengeKeys, yield* Effect.context<Directory | TokenSigner>())

      const endMissing = Effect.gen(function*() {
        const counts = yield* Effect.forEach(yield* missing, ({ key }) =>
          Effect.flatMap(
            trail.commit({ action: "challenges.ended" }),
            (commit) => retention.endChallengesOf({ key, commit })
          ))
        return counts.reduce((sum, count) => sum + count, 0)
      }).pipe(Effect.withSpan("ChallengeKeys.endMissing"))

      return ChallengeKeys.of({ endMissing })
    })
  )
}
