/**
 * Does a request once, however often it is sent.
 *
 * The first request with a key claims it, and completes the claim in the same step as its effect. The same request
 * sent again within 24 hours gets the same answer without doing anything; a different one is refused. Requests are
 * recognised by a keyed fingerprint of everything in them, secrets included: whoever does not know the password of the
 * first request can't get at its answer, and the store can't be searched for passwords.
 *
 * A first request that was answered without taking effect, however that came, keeps its key from nobody.
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
 * How long a claim holds without being completed, which is how long a process that died keeps a key. Longer than
 * requests take; one that takes longer and is overtaken finds its claim gone and has no effect.
 */
const CLAIM_LIFETIME = Duration.seconds(8)

export interface IdempotentRequest {
  readonly operation: string
  readonly key: IdempotencyKey | undefined
  /** Everything that makes two requests the same, in one text. Asked for only with a key, for it holds secrets. */
  readonly content: () => string
}

/** Makes what the effect has to add to the `Commit` of its mutation. */
export type Complete = (answer: string) => { readonly request?: RequestCompletion }

type Outcome<A, E> = Effect.Effect<A, E | RequestInProgress | IdempotencyKeyReused | StoreUnavailable>

export class Idempotency extends Context.Service<Idempotency, {
  /** Runs `effect` at most once per key; `replay` turns the answer it left back into its result. */
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

      // A claim that was asked for without an answer may have been made, or be made later.
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

      // A store that has just been found away is not asked again while the caller waits.
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
        // Not to be interrupted between a claim and what gives it up.
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
