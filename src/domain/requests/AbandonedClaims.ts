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

interface Abandoned {
  readonly key: string
  readonly owners: ReadonlyArray<string>
  /** The owners whose claims have not been released yet. */
  readonly unreleased: ReadonlyArray<string>
  /** When the last of the claims expires, in nanoseconds of the monotonic clock. */
  readonly until: bigint
}

/**
 * The most owners that are remembered, of all keys. The keys that were given up first are dropped, and their claims
 * expire. A key may have hundreds of owners: each retry while the store is away may have made a claim.
 */
const OWNERS_MAX = 65_536

const RETRY_PAUSE = Duration.millis(500)

/** `lifetime` is how long a claim lasts. */
export const makeAbandonedClaims = Effect.fnUntraced(function*(
  lifetime: Duration.Duration
): Effect.fn.Return<AbandonedClaims, never, IdempotencyStore | Scope.Scope> {
  const store = yield* IdempotencyStore
  const clock = yield* Clock.Clock
  const latch = yield* Latch.make(false)
  /** By key, in the order in which the claims expire. */
  const claims = new Map<string, Abandoned>()
  let remembered = 0

  const forget = (key: string): void => {
    remembered -= claims.get(key)?.owners.length ?? 0
    claims.delete(key)
  }
  const put = (abandoned: Abandoned): void => {
    forget(abandoned.key)
    claims.set(abandoned.key, abandoned)
    remembered += abandoned.owners.length
  }
  const forgetLapsed = (): void => {
    const now = clock.monotonicTimeNanosUnsafe()
    for (const [key, { until }] of claims) {
      if (until > now && remembered <= OWNERS_MAX) break
      forget(key)
    }
  }
  const add = (key: string, owner: string) =>
    Effect.suspend(() => {
      const known = claims.get(key)
      put({
        key,
        owners: [...(known?.owners ?? []), owner],
        unreleased: [...(known?.unreleased ?? []), owner],
        until: clock.monotonicTimeNanosUnsafe() + Duration.toNanosUnsafe(lifetime)
      })
      forgetLapsed()
      return Effect.asVoid(latch.open)
    })

  /** Stops at the first claim that can't be released, because the store is then away for all of them. */
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
