/**
 * The claims of idempotent requests that were given up while the store could not be told, or that may have been made by
 * a statement nobody heard the end of.
 *
 * A request with one of these keys takes the claim over at once where it was abandoned. For other processes the claim
 * is released in the background, as soon as the store answers again. What is not released in time lapses by itself.
 */
import { Clock, Duration, Effect, Latch } from "effect"
import type { Scope } from "effect"
import { IdempotencyStore } from "../../ports/IdempotencyStore.ts"

export interface AbandonedClaims {
  /** The owners of abandoned claims of a key. */
  readonly ownersOf: (key: string) => ReadonlyArray<string>
  readonly add: (key: string, owner: string) => Effect.Effect<void>
}

interface Abandoned {
  readonly key: string
  readonly owners: ReadonlyArray<string>
  /** Those that the store was not told of yet. */
  readonly unreleased: ReadonlyArray<string>
  /** When the last of the claims lapses, in nanoseconds of the monotonic clock. */
  readonly until: bigint
}

/** Of more keys the oldest are forgotten. They lapse by themselves. */
const KEYS_MAX = 4096

/** Retries while the store is away: each may have made the claim. */
const OWNERS_MAX = 16

const RETRY_PAUSE = Duration.millis(500)

/** `lifetime` is how long a claim holds. */
export const makeAbandonedClaims = Effect.fnUntraced(function*(
  lifetime: Duration.Duration
): Effect.fn.Return<AbandonedClaims, never, IdempotencyStore | Scope.Scope> {
  const store = yield* IdempotencyStore
  const clock = yield* Clock.Clock
  const latch = yield* Latch.make(false)
  /** By key, in the order in which they lapse. */
  const claims = new Map<string, Abandoned>()

  const put = (abandoned: Abandoned): void => {
    claims.delete(abandoned.key)
    claims.set(abandoned.key, abandoned)
  }
  const forgetLapsed = (): void => {
    const now = clock.monotonicTimeNanosUnsafe()
    for (const [key, { until }] of claims) {
      if (until > now && claims.size <= KEYS_MAX) break
      claims.delete(key)
    }
  }
  const add = (key: string, owner: string) =>
    Effect.suspend(() => {
      const known = claims.get(key)
      put({
        key,
        owners: [...(known?.owners ?? []), owner].slice(-OWNERS_MAX),
        unreleased: [...(known?.unreleased ?? []), owner].slice(-OWNERS_MAX),
        until: clock.monotonicTimeNanosUnsafe() + Duration.toNanosUnsafe(lifetime)
      })
      forgetLapsed()
      return Effect.asVoid(latch.open)
    })

  /** Ends at the first claim that can't be released: the store is away, and so it is for the others. */
  const release = Effect.gen(function*() {
    forgetLapsed()
    for (const { key, unreleased } of claims.values()) {
      for (const owner of unreleased) {
        yield* store.release({ key, owner })
        const current = claims.get(key)
        if (current === undefined) continue
        claims.set(key, { ...current, unreleased: current.unreleased.filter((other) => other !== owner) })
      }
    }
    return ![...claims.values()].some(({ unreleased }) => unreleased.length > 0)
  })

  yield* latch.await.pipe(
    Effect.andThen(Effect.catchCause(release, () => Effect.succeed(false))),
    Effect.flatMap((done) => done ? latch.close : Effect.sleep(RETRY_PAUSE)),
    Effect.forever,
    Effect.forkScoped
  )

  return {
    ownersOf: (key) => {
      forgetLapsed()
      return claims.get(key)?.owners ?? []
    },
    add
  }
})
