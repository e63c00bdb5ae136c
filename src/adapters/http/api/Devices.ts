/**
 * How the server recognises a device that signed in before: by a secret that the device keeps even after its session
 * ends.
 */
import { Schema } from "effect"

/** The prefix protects this cookie as it does the session's. */
export const DEVICE_COOKIE = "__Host-identity-device"

const description =
  `The \`device\` of this client's last sign-in; browsers keep it in the cookie \`${DEVICE_COOKIE}\` instead. ` +
  "One that is unknown, expired or of another account is ignored"

/** The header of a client that keeps the secret itself. Whatever it holds, it is never an error. */
export const deviceHeaders = { "identity-device": Schema.optionalKey(Schema.String.annotate({ description })) }

/**
 * The header's entry in the document. Endpoints don't declare it, because every typed client would then have to mention
 * it.
 */
export const deviceHeader = { name: "identity-device", in: "header", description } as const

/** The cookie's entry in the document. Endpoints can't declare cookies. */
export const deviceCookie = {
  name: DEVICE_COOKIE,
  in: "cookie",
  description: "The browser's form of `identity-device`, set by a sign-in in cookie transport"
} as const
