/**
 * Finds the primary among several servers. They are tried in order, each within its share of the remaining time, until
 * one is a primary. That one is tried first from then on, so connecting costs no more than with one server. After a
 * failover, the next connection finds the promoted server.
 *
 * A server that refuses the login ends the search, as with libpq: the others have the same roles, and trying them all
 * would lock an account out sooner.
 */
import { Duration, Effect, Exit, Result, Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { realClock } from "./OperationTelemetry.ts"
import type { TargetFacts, TargetHost } from "./PostgresTarget.ts"
import { deadlineExceeded, isLoginRefused, isStandbyReached } from "./StoreFailure.ts"

type Attempt<A> = (host: TargetHost) => Effect.Effect<A, SqlError, Scope.Scope>

export interface PrimarySearch {
  /** The result of connecting to a primary, or the reason why none was found within the time. */
  readonly first: <A>(attempt: Attempt<A>, within: Duration.Duration) => Effect.Effect<A, SqlError, Scope.Scope>
}

export const make = ({ connectTimeout, hosts }: Pick<TargetFacts, "connectTimeout" | "hosts">): PrimarySearch => {
  const [listed] = hosts
  const hostMillisMax = connectTimeout === undefined ? Number.POSITIVE_INFINITY : connectTimeout * 1000
  let latest = listed

  const first: PrimarySearch["first"] = Effect.fnUntraced(function*(attempt, within) {
    const endsAt = now() + Duration.toMillis(within)
    const untried = [latest, ...hosts.filter((host) => host !== latest)]
    let failure: SqlError | undefined
    for (const [index, host] of untried.entries()) {
      const share = Math.min((endsAt - now()) / (untried.length - index), hostMillisMax)
      const result = yield* Effect.result(limited(attempt(host), Math.max(share, 0)))
      if (Result.isSuccess(result)) {
        latest = host
        return result.success
      }
      const error = result.failure
      if (isLoginRefused(error)) return yield* error
      // That a server is a standby is the least helpful failure: all servers but one should be.
      if (failure === undefined || isStandbyReached(failure)) failure = error
    }
    return yield* failure ?? deadlineExceeded()
  })

  return { first }
}

const now = (): number => Number(realClock.monotonicTimeNanosUnsafe()) / 1e6

/** Runs an attempt in a scope of its own, so that a failed attempt leaves nothing open. */
const limited = <A>(attempt: Effect.Effect<A, SqlError, Scope.Scope>, milliseconds: number) =>
  Effect.flatMap(Effect.scope, (scope) =>
    Effect.flatMap(Scope.fork(scope), (own) =>
      attempt.pipe(
        Scope.provide(own),
        Effect.timeoutOrElse({ duration: milliseconds, orElse: () => Effect.fail(deadlineExceeded()) }),
        Effect.onError(() => Scope.close(own, Exit.void))
      )))
