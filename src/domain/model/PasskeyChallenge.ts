/**
 * Stamps of the challenges that passkeys answer. A stamp says until when its challenge can be answered, and is
 * different from all others. Stamps sort by that time, so a store knows which of those it has seen it may forget.
 */
import { Brand, DateTime, Duration } from "effect"

/** How long the holder of a passkey has to answer. */
export const CEREMONY_LIFETIME = Duration.minutes(5)

export type ChallengeStamp = string & Brand.Brand<"ChallengeStamp">
const stamp = Brand.nominal<ChallengeStamp>()

/** Base36 digits of an instant in milliseconds: enough beyond the year 5000. */
const INSTANT_DIGITS = 9

const digitsOf = (instant: DateTime.Utc): string =>
  DateTime.toEpochMillis(instant).toString(36).padStart(INSTANT_DIGITS, "0")

/** The stamp of a challenge that is made now. `unique` is of lower-case letters and digits. */
export const newStamp = (now: DateTime.Utc, unique: string): ChallengeStamp =>
  stamp(`${digitsOf(DateTime.addDuration(now, CEREMONY_LIFETIME))}${unique}`)

/** The stamp in a text, if its challenge can still be answered. */
export const liveStamp = (text: string, now: DateTime.Utc): ChallengeStamp | undefined =>
  text.slice(0, INSTANT_DIGITS) > digitsOf(now) ? stamp(text) : undefined

/** A use that was begun before the end takes less time than this. */
const USE_MAX = Duration.minutes(1)

/** Stamps up to here can be forgotten: nothing that answers their challenges takes effect any more. */
export const forgettable = (now: DateTime.Utc): string => digitsOf(DateTime.subtractDuration(now, USE_MAX))
