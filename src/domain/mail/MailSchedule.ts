import { Array, DateTime, Duration } from "effect"
import type { Mail } from "../model/Mail.ts"

/** The pauses after the first attempts of a mail, so that these are made 0, 5, 15, 60 and 180 seconds after it. */
const FIRST_PAUSES = Array.map([5, 10, 45, 120, 360], Duration.seconds)

/** The pause after every later attempt. When a mail server is back, no mail waits any longer than this. */
const LATER_PAUSE = Duration.minutes(10)

/** When a mail whose attempt has just failed is attempted again. If it has become useless by then, it expires. */
export const nextAttempt = ({ attempts }: Mail, now: DateTime.Utc): DateTime.Utc =>
  DateTime.addDuration(now, FIRST_PAUSES[attempts - 1] ?? LATER_PAUSE)
