/**
 * Claims of idempotent requests that were given up while the store was unreachable, or that a statement with an unknown
 * outcome may have made.
 *
 * In this process, a request with the same key takes over an abandoned claim at once. For other processes, the claim is
 * released in the background as soon as the store answers again. A claim that isn't released in time expires.
 */
import { Clock, Duration, Effect, Latch } from "effect"
import type { Scope } from "effect"
import { IdempotencyStore } from "../../ports/IdempotencyStore.ts"

export interface AbandonedClaims {
  /** The owners of a key's abandoned claims. */
  readonly ownersOf: (key: string) => ReadonlyArray<string>
  readonly add: (key: string, owner: string) => Effect.Effect<void>
}

interface Claim {
  /** When it expires, in nanoseconds of the monotonic clock. */
  readonly until: bigint
  readonly isReleased: boolean
}

/**
 * The most claims that are remembered, of all keys and of one: each retry while the store is away may have made one.
 * Beyond that, the keys that were given up first are dropped, and the first claims of a key. They expire.
 */
const CLAIMS_MAX = 65_536
const CLAIMS_OF_KEY_MAX = 1_024

const NONE: Map<string, Claim> = new Map()

const RETRY_PAUSE = Duration.millis(500)

/** `lifetime` is how long a claim lasts. */
export const makeAbandonedClaims = Effect.fnUntraced(function*(
  lifetime: Duration.Duration
): Effect.fn.Return<AbandonedClaims, never, IdempotencyStore | Scope.Scope> {
  const store = yield* IdempotencyStore
  const clock = yield* Clock.Clock
  const latch = yield* Latch.make(false)
  /** By key, in the order in which their last claims expire; by owner, in the order in which theirs do. */
  const keys = new Map<string, Map<string, Claim>>()
  let remembered = 0

  const forgetLapsedOf = (key: string): void => {
    const now = clock.monotonicTimeNanosUnsafe()
    const claims = keys.get(key) ?? NONE
    for (const [owner, { until }] of claims) {
      if (until > now && claims.size <= CLAIMS_OF_KEY_MAX) return
      claims.delete(owner)
      remembered -= 1
    }
    keys.delete(key)
  }
  const forgetLapsed = (): void => {
    for (const [key, claims] of keys) {
      forgetLapsedOf(key)
      if (claims.size > 0 && remembered <= CLAIMS_MAX) return
      remembered -= claims.size
      claims.clear()
      keys.delete(key)
    }
  }
  const add = (key: string, owner: string) =>
    Effect.suspend(() => {
      const claims = keys.get(key) ?? new Map<string, Claim>()
      keys.delete(key)
      keys.set(key, claims)
      const until = clock.monotonicTimeNanosUnsafe() + Duration.toNanosUnsafe(lifetime)
      claims.set(owner, { until, isReleased: false })
      remembered += 1
      forgetLapsedOf(key)
      forgetLapsed()
      return Effect.asVoid(latch.open)
    })

  /** Stops at the first claim that can't be released, because the store is then away for all of them. */
  const release = Effect.gen(function*() {
    for (const [key, claims] of keys) {
      forgetLapsedOf(key)
      for (const [owner, claim] of claims) {
        if (claim.isReleased) continue
        yield* store.release({ key, owner })
        if (claims.has(owner)) claims.set(owner, { ...claim, isReleased: true })
        // What is forgotten meanwhile leaves this loop.
        forgetLapsedOf(key)
      }
    }
  })

  // Claims that are added meanwhile open the latch again.
  yield* latch.await.pipe(
    Effect.andThen(latch.close),
    Effect.andThen(Effect.catchCause(release, () => Effect.andThen(latch.open, Effect.sleep(RETRY_PAUSE)))),
    Effect.forever,
    Effect.forkScoped
  )

  return {
    ownersOf: (key) => {
      forgetLapsedOf(key)
      return [...(keys.get(key) ?? NONE).keys()]
    },
    add
  }
})
