/**
 * Telemetry of operations on the database: a client span and a duration each, named after OpenTelemetry's conventions
 * for databases, and occasionally a warning with the reason of an outage. Parameters and results never appear in it.
 */
import { Clock, Context, Effect, Metric, References } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { StoreUnavailable } from "../../../domain/model/IdentityErrors.ts"
import * as Announcer from "../../../kernel/Announcer.ts"
import { remember } from "../../../kernel/Memo.ts"
import { inSpan } from "../../../kernel/Spans.ts"
import type { TargetFacts, TargetHost } from "./PostgresTarget.ts"
import { adviceOn, failureCode, isOutage, refuse } from "./StoreFailure.ts"

/** The name of an operation's span: the port, a dot, the operation. */
export type OperationName = `${string}.${string}`

/** Observes an effect as one operation, and translates its failure into the port's terms. */
type Observer = <A>(effect: Effect.Effect<A, SqlError>) => Effect.Effect<A, StoreUnavailable>

/** Real time for the database and the network, even where a test moves the service's clock. */
export const realClock = Clock.Clock.defaultValue()

export const inRealTime = Effect.provideService(Clock.Clock, realClock)

export const makeObserve = (target: TargetFacts) => {
  const announce = Announcer.atMostEvery(WARNING_PAUSE, () => realClock.monotonicTimeNanosUnsafe())
  const [{ address, port }, ...others] = target.hosts
  const addresses = port === undefined ? undefined : target.hosts.map(addressText).join(", ")
  const attributes = {
    "db.system.name": system,
    ...(target.database === undefined ? {} : { "db.namespace": target.database }),
    // With several hosts, the one in use changes, and a batch's span belongs to no connection.
    ...(others.length > 0 ? {} : { "server.address": address, ...(port === undefined ? {} : { "server.port": port }) })
  }

  const observer = (name: OperationName): Observer => {
    const operation = name.slice(name.indexOf(".") + 1)
    const succeeded = durationOf(operation)
    // One series for each kind of failure.
    const failed = remember(1000, (failure: string) => durationOf(operation, failure))
    const span = {
      kind: "client",
      attributes: { ...attributes, "db.operation.name": operation }
    } as const

    const fail = (error: SqlError, seconds: number, context: Context.Context<never>) => {
      const code = failureCode(error)
      failed(code).updateUnsafe(seconds, context)
      return Effect.annotateCurrentSpan({ "error.type": code }).pipe(
        Effect.andThen(isOutage(error) ? announce(warning(code)) : Effect.void),
        Effect.andThen(refuse(name, error, addresses))
      )
    }
    const timed = <A>(effect: Effect.Effect<A, SqlError>, context: Context.Context<never>) => {
      const startedAt = realClock.monotonicTimeNanosUnsafe()
      const elapsedSeconds = () => Number(realClock.monotonicTimeNanosUnsafe() - startedAt) / 1e9
      return Effect.matchEffect(effect, {
        onSuccess: (value) => {
          succeeded.updateUnsafe(elapsedSeconds(), context)
          return Effect.succeed(value)
        },
        onFailure: (error) => fail(error, elapsedSeconds(), context)
      })
    }
    return (effect) =>
      Effect.contextWith((context: Context.Context<never>) =>
        // A span costs as much when nobody records it.
        Context.get(context, References.TracerEnabled)
          ? inSpan(Effect.suspend(() => timed(effect, context)), name, span)
          : timed(effect, context)
      )
  }
  return remember(1000, observer)
}

const addressText = ({ address, port }: TargetHost): string =>
  `${address.includes(":") ? `[${address}]` : address}:${port}`

const system = "postgresql"

const durationOf = (operation: string, failure?: string) =>
  Metric.histogram("db.client.operation.duration", {
    description: "Duration of database client operations, in seconds",
    boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    attributes: {
      unit: "s",
      "db.system.name": system,
      "db.operation.name": operation,
      ...(failure === undefined ? {} : { "error.type": failure })
    }
  })

/**
 * Callers learn only that the database is unavailable. Operators need the reason, but not for every request, because
 * thousands fail during an outage.
 */
const warning = (code: string): Effect.Effect<void> => {
  const advice = adviceOn(code)
  return Effect.logWarning("The database is unavailable").pipe(
    Effect.annotateLogs({ "error.type": code, ...(advice === undefined ? {} : { advice }) })
  )
}

/** The pause between two warnings, in nanoseconds. */
const WARNING_PAUSE = 10_000_000_000n
