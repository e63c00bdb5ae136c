/** What a request that starts a session comes with: the session it replaces, and the device that is known. */
import { Effect, Redacted } from "effect"
import { DEVICE_COOKIE } from "../api/Devices.ts"
import { comesFromForeignOrigin, comesFromOwnOrigin } from "../exchange/OriginCheck.ts"
import type { AllowedOrigins } from "../exchange/OriginCheck.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import { presentCookies, readCredential } from "./Credentials.ts"

/**
 * The session a request to sign in comes with, which is to be replaced: its token must not live on (ASVS 7.2.4).
 *
 * A cookie counts only from our own origins, as everywhere; else a foreign page could sign its visitor out.
 */
export const presentedToken = (
  origins: AllowedOrigins["Service"]
): Effect.Effect<Redacted.Redacted<string> | undefined> =>
  Effect.map(CurrentRequest, (request) => {
    const credential = readCredential(request)
    if (credential === undefined || credential === "ambiguous" || credential.beside !== undefined) return undefined
    return credential.byCookie && !comesFromOwnOrigin(request, origins) ? undefined : credential.token
  })

/** Whether the caller's session came by cookie alone, so that a new token has to go the same way. */
export const isByCookie: Effect.Effect<boolean> = Effect.map(CurrentRequest, (request) => {
  const credential = readCredential(request)
  return credential !== undefined && credential !== "ambiguous" && credential.byCookie
})

/**
 * The device a request says it comes from: by the header, or else by the cookie. A cookie that a foreign page made a
 * browser send counts for nothing; else that page could use up the guesses of its visitor's device.
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
