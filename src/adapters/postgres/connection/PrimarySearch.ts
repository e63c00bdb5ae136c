/**
 * Which of several servers is asked. They are tried in their order, each within its share of the time that is left,
 * until one turns out to be a primary; that one is tried first from then on. So a connection costs no more than with
 * one server, and the next one after a failover finds the server that was promoted.
 *
 * A server that refuses the login ends the search, as with libpq: the others have the same roles, and asking them all
 * would lock somebody out sooner.
 */
import { Duration, Effect, Exit, Result, Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { realClock } from "./OperationTelemetry.ts"
import type { TargetFacts, TargetHost } from "./PostgresTarget.ts"
import { deadlineExceeded, isLoginRefused, isStandbyReached } from "./StoreFailure.ts"

type Attempt<A> = (host: TargetHost) => Effect.Effect<A, SqlError, Scope.Scope>

export interface PrimarySearch {
  /** What an attempt at a primary brings, or why none was to be had within the time. */
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
      // That a server is a standby tells least: it is what all but one should be.
      if (failure === undefined || isStandbyReached(failure)) failure = error
    }
    return yield* failure ?? deadlineExceeded()
  })

  return { first }
}

const now = (): number => Number(realClock.monotonicTimeNanosUnsafe()) / 1e6

/** In a scope of its own, so that nothing stays open of an attempt that came to nothing. */
const limited = <A>(attempt: Effect.Effect<A, SqlError, Scope.Scope>, milliseconds: number) =>
  Effect.flatMap(Effect.scope, (scope) =>
    Effect.flatMap(Scope.fork(scope), (own) =>
      attempt.pipe(
        Scope.provide(own),
        Effect.timeoutOrElse({ duration: milliseconds, orElse: () => Effect.fail(deadlineExceeded()) }),
        Effect.onError(() => Scope.close(own, Exit.void))
      )))
