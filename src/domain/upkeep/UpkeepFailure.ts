/** Logs why background work failed. */
import { Cause, Effect, Option } from "effect"
import { describeOffset } from "../clock/SharedClock.ts"
import type { ClockTooFarOff, StoreUnavailable } from "../model/IdentityErrors.ts"
import { explainOutage } from "../model/StoreAdvice.ts"

/**
 * Logs a warning. `message` says what can't be done, without a full stop. What is expected to happen now and then is
 * explained in a sentence. Only a bug has an exception with a stack trace.
 */
export const logFailure = (
  message: string,
  cause: Cause.Cause<ClockTooFarOff | StoreUnavailable>
): Effect.Effect<void> =>
  Option.match(Cause.findErrorOption(cause), {
    onNone: () => Effect.logWarning(message, cause),
    onSome: (error) => Effect.logWarning(`${message}. ${explain(error)}`)
  })

const explain = (error: ClockTooFarOff | StoreUnavailable): string =>
  error._tag === "ClockTooFarOff"
    ? `The clock of this machine is ${describeOffset(error.offsetMillis)}.`
    : explainOutage(error)[0]
