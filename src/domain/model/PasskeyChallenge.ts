/**
 * Stamps of the challenges that passkeys answer. A stamp says until when its challenge can be answered, and is
 * different from all others. Stamps sort by that time, so a store knows which of those it has seen it may forget.
 */
import { Brand, DateTime, Duration } from "effect"
import { INSTANT_DIGITS, instantDigits } from "../../kernel/InstantText.ts"

/** How long the holder of a passkey has to answer. */
export const CEREMONY_LIFETIME = Duration.minutes(5)

export type ChallengeStamp = string & Brand.Brand<"ChallengeStamp">
const stamp = Brand.nominal<ChallengeStamp>()

/** The stamp of a challenge that is made now. `unique` is of lower-case letters and digits. */
export const newStamp = (now: DateTime.Utc, unique: string): ChallengeStamp =>
  stamp(`${instantDigits(DateTime.addDuration(now, CEREMONY_LIFETIME))}${unique}`)

/** The stamp in a text, if its challenge can still be answered. */
export const liveStamp = (text: string, now: DateTime.Utc): ChallengeStamp | undefined =>
  text.slice(0, INSTANT_DIGITS) > instantDigits(now) ? stamp(text) : undefined

/** A use that was begun before the end takes less time than this. */
const USE_MAX = Duration.minutes(1)

/** Stamps up to here can be forgotten: nothing that answers their challenges takes effect any more. */
export const forgettable = (now: DateTime.Utc): string => instantDigits(DateTime.subtractDuration(now, USE_MAX))
