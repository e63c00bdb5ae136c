/**
 * Does a request once, however often it is sent.
 *
 * The first request with a key claims it, and completes the claim in the same step as its effect. The same request sent
 * again within 24 hours gets the same answer and does nothing. A different request with the key is refused.
 *
 * A keyed fingerprint of the whole request, secrets included, decides whether two requests are the same. So the answer
 * can't be fetched without the password of the first request, and the store can't be searched for passwords.
 *
 * If the first request was answered without taking effect, for whatever reason, its key is free again.
 */
import { Cause, Context, DateTime, Duration, Effect, Layer, Predicate } from "effect"
import type { RequestCompletion } from "../../ports/Commit.ts"
import { IdempotencyStore } from "../../ports/IdempotencyStore.ts"
import type { RequestClaim } from "../../ports/IdempotencyStore.ts"
import { IdGenerator } from "../../ports/IdGenerator.ts"
import { TokenSigner } from "../../ports/TokenSigner.ts"
import type { IdempotencyKey } from "../model/Idempotency.ts"
import { IdempotencyKeyReused, RequestInProgress } from "../model/IdentityErrors.ts"
import type { StoreUnavailable } from "../model/IdentityErrors.ts"
import { makeAbandonedClaims } from "./AbandonedClaims.ts"

/** How long a key is remembered. */
const KEY_LIFETIME = Duration.hours(24)

/**
 * How long an uncompleted claim lasts, which is how long a process that died blocks a key. It is longer than requests
 * take. A slower request that is overtaken finds its claim gone and has no effect.
 */
const CLAIM_LIFETIME = Duration.seconds(8)

export interface IdempotentRequest {
  readonly operation: string
  readonly key: IdempotencyKey | undefined
  /**
   * All content that decides whether two requests are the same, in one text. It is only built for requests with a key,
   * because it contains secrets.
   */
  readonly content: () => string
}

/** Makes the members that the effect adds to the `Commit` of its mutation. */
export type Complete = (answer: string) => { readonly request?: RequestCompletion }

type Outcome<A, E> = Effect.Effect<A, E | RequestInProgress | IdempotencyKeyReused | StoreUnavailable>

export class Idempotency extends Context.Service<Idempotency, {
  /** Runs `effect` at most once per key. `replay` turns the answer that it left back into its result. */
  readonly once: <A, E, E2>(
    request: IdempotentRequest,
    effect: (complete: Complete) => Effect.Effect<A, E>,
    replay: (answer: string) => Effect.Effect<A, E2>
  ) => Outcome<A, E | E2>
}>()("identityd/domain/requests/Idempotency") {
  static readonly layer = Layer.effect(
    Idempotency,
    Effect.gen(function*() {
      const store = yield* IdempotencyStore
      const ids = yield* IdGenerator
      const signer = yield* TokenSigner

      const abandoned = yield* makeAbandonedClaims(CLAIM_LIFETIME)

      // A claim whose request was not answered may have been made, or may still be made.
      const claim = Effect.fnUntraced(function*(key: string, owner: string, fingerprint: string) {
        const now = yield* DateTime.now
        return yield* Effect.onError(
          store.claim({
            key,
            owner,
            abandoned: abandoned.ownersOf(key),
            fingerprint,
            now,
            claimedUntil: DateTime.addDuration(now, CLAIM_LIFETIME),
            expiresAt: DateTime.addDuration(now, KEY_LIFETIME)
          }),
          () => abandoned.add(key, owner)
        )
      })

      // If the store is away, the caller doesn't wait for a second attempt.
      const giveUp = (key: string, owner: string, cause: Cause.Cause<unknown>) =>
        isOutage(cause)
          ? abandoned.add(key, owner)
          : Effect.catchCause(store.release({ key, owner }), () => abandoned.add(key, owner))

      const answerAgain = Effect.fnUntraced(function*<A, E2>(
        request: IdempotentRequest,
        done: Extract<RequestClaim, { readonly _tag: "Done" }>,
        replay: (answer: string) => Effect.Effect<A, E2>
      ): Effect.fn.Return<A, E2 | IdempotencyKeyReused> {
        const same = yield* signer.verifyFingerprint(request.operation, request.content(), done.fingerprint)
        return same ? yield* replay(done.answer) : yield* new IdempotencyKeyReused()
      })

      const once = Effect.fnUntraced(function*<A, E, E2>(
        request: IdempotentRequest,
        effect: (complete: Complete) => Effect.Effect<A, E>,
        replay: (answer: string) => Effect.Effect<A, E2>
      ): Effect.fn.Return<A, E | E2 | RequestInProgress | IdempotencyKeyReused | StoreUnavailable> {
        if (request.key === undefined) return yield* effect(() => ({}))
        const key = `${request.operation}:${request.key}`
        const owner = yield* ids.holderId
        const fingerprint = yield* signer.signFingerprint(request.operation, request.content())
        // No interruption may come between making a claim and giving it up.
        return yield* Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(claim(key, owner, fingerprint), (claimed): Outcome<A, E | E2> => {
            switch (claimed._tag) {
              case "Running":
                return Effect.fail(new RequestInProgress())
              case "Done":
                return restore(answerAgain(request, claimed, replay))
              case "Claimed":
                return Effect.onError(
                  restore(effect((answer) => ({ request: { key, owner, answer } }))),
                  (cause) => giveUp(key, owner, cause)
                )
            }
          })
        )
      })

      return Idempotency.of({ once })
    })
  )
}

const isOutage = (cause: Cause.Cause<unknown>): boolean =>
  cause.reasons.some((reason) => Cause.isFailReason(reason) && Predicate.isTagged(reason.error, "StoreUnavailable"))
