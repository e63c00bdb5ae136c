/**
 * Ids of requests and traces. A random prefix of this process and a counter make them unique. They aren't secrets, so
 * no randomness is spent on each.
 */
import { Context, Effect, Random } from "effect"

/** Gives requests ids, so that a caller and an operator can refer to the same one. */
export interface RequestIds {
  /** The id that the caller chose, if it is acceptable, or a new one. */
  readonly of: (chosen: string | undefined) => string
}

// Short, and without any character that could break out of a log line or a header.
const sane = /^[\w.~:=+/-]{1,128}$/

const HALF_DIGITS = 8

const makePrefix = (radix: number) =>
  Effect.map(
    Effect.replicateEffect(Random.nextIntBetween(1, radix ** HALF_DIGITS), 2),
    (halves) => halves.map((half) => half.toString(radix).padStart(HALF_DIGITS, "0")).join("")
  )

export const makeRequestIds: Effect.Effect<RequestIds> = Effect.map(makePrefix(36), (prefix) => {
  let count = 0
  return {
    of: (chosen) => chosen !== undefined && sane.test(chosen) ? chosen : `${prefix}-${(count += 1).toString(36)}`
  }
})

/**
 * Whether requests that nobody traces get a trace id. People at a terminal have no use for one: it leads nowhere, and
 * the request id says the same.
 */
export const MakesTraceIds = Context.Reference<boolean>("identityd/adapters/http/exchange/RequestIds/MakesTraceIds", {
  defaultValue: () => true
})

/**
 * Makes a trace id for a request that isn't traced, so that its log lines share one (W3C Trace Context: 32 hexadecimal
 * digits).
 */
export const makeTraceIds: Effect.Effect<() => string> = Effect.map(makePrefix(16), (prefix) => {
  let count = 0
  return () => `${prefix}${(count += 1).toString(16).padStart(16, "0")}`
})
