/**
 * How a device that signed in is known again: by a secret of its own, which it keeps beside its session and beyond it.
 */
import { Schema } from "effect"

/** The prefix does for this cookie what it does for the session's. */
export const DEVICE_COOKIE = "__Host-identity-device"

const description =
  `The \`device\` of this client's last sign-in; browsers keep it in the cookie \`${DEVICE_COOKIE}\` instead. One that is ` +
  "unknown, expired or of another account counts for nothing"

/** The header of a client that keeps the secret itself. Whatever it holds, it is never an error. */
export const deviceHeaders = { "identity-device": Schema.optionalKey(Schema.String.annotate({ description })) }

/** The same where it is read without being declared: a header that one declares, every typed client has to think of. */
export const deviceHeader = { name: "identity-device", in: "header", description } as const

/** No endpoint can declare a cookie. */
export const deviceCookie = {
  name: DEVICE_COOKIE,
  in: "cookie",
  description: "The browser's form of `identity-device`, set by a sign-in in cookie transport"
} as const
