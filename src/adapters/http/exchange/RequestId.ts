import { Effect, Random } from "effect"

/** Names requests, so that a caller and an operator can talk about the same one. */
export interface RequestIds {
  /** The id the caller chose if it is a sane one, a new one otherwise. */
  readonly of: (chosen: string | undefined) => string
}

// Short, and without anything that could break out of a log line or a header.
const sane = /^[\w.~:=+/-]{1,128}$/

const PREFIX_DIGITS = 8

/**
 * Ids that are unique by a random prefix of this process and a counter. They are names, not secrets: guessing one
 * gives nothing, so no randomness is spent on each.
 */
export const makeRequestIds: Effect.Effect<RequestIds> = Effect.gen(function*() {
  const digits = Effect.map(
    Random.nextIntBetween(0, 36 ** PREFIX_DIGITS),
    (number) => number.toString(36).padStart(PREFIX_DIGITS, "0")
  )
  const prefix = `${yield* digits}${yield* digits}`
  let count = 0
  return {
    of: (chosen) => chosen !== undefined && sane.test(chosen) ? chosen : `${prefix}-${(count += 1).toString(36)}`
  }
})
