/**
 * Does a request once, however often it is sent.
 *
 * The first request with a key claims it, and completes the claim in the same step as its effect. The same request
 * sent again within 24 hours gets the same answer without doing anything; a different one is refused. Requests are
 * recognised by a keyed fingerprint of everything in them, secrets included: whoever does not know the password of the
 * first request can't get at its answer, and the store can't be searched for passwords.
 */
import { Context, DateTime, Duration, Effect, Layer } from "effect"
import { IdempotencyStore } from "../../ports/IdempotencyStore.ts"
import type { RequestCompletion } from "../../ports/IdentityStore.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import type { IdempotencyKey } from "../model/Idempotency.ts"
import { IdempotencyKeyReused, RequestInProgress } from "../model/IdentityErrors.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"

/** How long a key is remembered. */
const KEY_LIFETIME = Duration.hours(24)

/** How long a claim holds without being completed. Longer than any request may take. */
const CLAIM_LIFETIME = Duration.minutes(1)

export interface IdempotentRequest {
  readonly operation: string
  readonly key: IdempotencyKey | undefined
  /** Everything that makes two requests the same, in one text. */
  readonly content: string
}

/** Makes the completion that the effect has to hand to the store together with its mutation. */
export type Complete = (answer: string) => { readonly completes?: RequestCompletion }

export class Idempotency extends Context.Service<Idempotency, {
  /** Runs `effect` at most once per key; `replay` turns the answer it left back into its result. */
  readonly once: <A, E, E2>(
    request: IdempotentRequest,
    effect: (complete: Complete) => Effect.Effect<A, E>,
    replay: (answer: string) => Effect.Effect<A, E2>
  ) => Effect.Effect<A, E | E2 | RequestInProgress | IdempotencyKeyReused | StoreUnavailable>
}>()("identity/domain/services/Idempotency") {
  static readonly layer = Layer.effect(
    Idempotency,
    Effect.gen(function*() {
      const store = yield* IdempotencyStore
      const ids = yield* IdGenerator
      const signer = yield* TokenSigner

      const once = Effect.fnUntraced(function*<A, E, E2>(
        request: IdempotentRequest,
        effect: (complete: Complete) => Effect.Effect<A, E>,
        replay: (answer: string) => Effect.Effect<A, E2>
      ): Effect.fn.Return<A, E | E2 | RequestInProgress | IdempotencyKeyReused | StoreUnavailable> {
        if (request.key === undefined) return yield* effect(() => ({}))
        const key = `${request.operation}:${request.key}`
        const owner = yield* ids.holderId
        const now = yield* DateTime.now
        const claim = yield* store.claim({
          key,
          owner,
          fingerprint: yield* signer.signFingerprint(request.operation, request.content),
          now,
          claimedUntil: DateTime.addDuration(now, CLAIM_LIFETIME),
          expiresAt: DateTime.addDuration(now, KEY_LIFETIME)
        })
        switch (claim._tag) {
          case "Running":
            return yield* new RequestInProgress()
          case "Done": {
            const same = yield* signer.verifyFingerprint(request.operation, request.content, claim.fingerprint)
            return same ? yield* replay(claim.answer) : yield* new IdempotencyKeyReused()
          }
          case "Claimed":
            return yield* Effect.onError(
              effect((answer) => ({ completes: { key, owner, answer } })),
              // A claim that can't be given up now lapses by itself.
              () => Effect.ignore(store.release({ key, owner }))
            )
        }
      })

      return Idempotency.of({ once })
    })
  )
}
