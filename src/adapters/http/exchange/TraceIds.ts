import { Effect, Random } from "effect"

const DIGITS_OF_A_HALF = 8

/**
 * Makes up the trace of a request that nobody traces, so that its log lines still share an id (W3C Trace Context: 32
 * hexadecimal digits). A random prefix of this process and a counter keep ids apart; nobody has to be unable to guess
 * them.
 */
export const makeTraceIds: Effect.Effect<() => string> = Effect.gen(function*() {
  const half = Effect.map(
    Random.nextIntBetween(1, 16 ** DIGITS_OF_A_HALF),
    (number) => number.toString(16).padStart(DIGITS_OF_A_HALF, "0")
  )
  const prefix = `${yield* half}${yield* half}`
  let count = 0
  return () => `${prefix}${(count += 1).toString(16).padStart(16, "0")}`
})
