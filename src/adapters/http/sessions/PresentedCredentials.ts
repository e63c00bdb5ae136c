/** The credentials of a request that starts a session: the session it replaces, and the known device. */
import { Effect, Redacted } from "effect"
import { DEVICE_COOKIE } from "../api/Devices.ts"
import { comesFromForeignOrigin, comesFromOwnOrigin } from "../exchange/OriginCheck.ts"
import type { AllowedOrigins } from "../exchange/OriginCheck.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import { presentCookies, readCredential } from "./Credentials.ts"

/**
 * The session that a sign-in request already has. The new session replaces it, so that its token doesn't live on (ASVS
 * 7.2.4).
 *
 * A cookie counts only from allowed origins, as everywhere. Otherwise another site's page could sign its visitor out.
 */
export const presentedToken = (
  origins: AllowedOrigins["Service"]
): Effect.Effect<Redacted.Redacted<string> | undefined> =>
  Effect.map(CurrentRequest, (request) => {
    const credential = readCredential(request)
    if (credential === undefined || credential === "ambiguous" || credential.beside !== undefined) return undefined
    return credential.byCookie && !comesFromOwnOrigin(request, origins) ? undefined : credential.token
  })

/** Whether the caller's session came by cookie alone. A new token then has to be sent as a cookie, too. */
export const isByCookie: Effect.Effect<boolean> = Effect.map(CurrentRequest, (request) => {
  const credential = readCredential(request)
  return credential !== undefined && credential !== "ambiguous" && credential.byCookie
})

/**
 * The device that a request presents, in the header or else in the cookie. A cookie is ignored when another site's page
 * caused the request. Otherwise that page could use up the guesses of its visitor's device.
 */
export const presentedDevice = (
  origins: AllowedOrigins["Service"]
): Effect.Effect<Redacted.Redacted<string> | undefined> =>
  Effect.map(CurrentRequest, (request) => {
    const { cookie, "identity-device": header } = request.headers
    const presented = header === undefined ? [] : [header]
    if (!comesFromForeignOrigin(request, origins)) presentCookies(cookie, `${DEVICE_COOKIE}=`, presented)
    const [credential] = presented
    return credential === undefined ? undefined : Redacted.make(credential, { label: "DeviceCredential" })
  })
