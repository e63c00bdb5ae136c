/**
 * How a device that signed in is known again: by a secret of its own, which it keeps beside its session and beyond it.
 */
import { Schema } from "effect"

/** The prefix does for this cookie what it does for the session's. */
export const DEVICE_COOKIE = "__Host-identity-device"

/** The header of a client that keeps the secret itself. Whatever it holds, it is never an error. */
export const deviceHeaders = { "identity-device": Schema.optionalKey(Schema.String) }
