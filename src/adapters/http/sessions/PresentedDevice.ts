import { Effect, Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { DEVICE_COOKIE } from "../api/Devices.ts"
import { presentCookies } from "../exchange/Credentials.ts"
import { comesFromForeignOrigin } from "../exchange/OriginCheck.ts"
import type { AllowedOrigins } from "../exchange/OriginCheck.ts"

/**
 * The device a request says it comes from: by the header, or else by the cookie. A cookie that a foreign page made a
 * browser send counts for nothing; else that page could use up the guesses of its visitor's device.
 */
export const presentedDevice = (
  origins: AllowedOrigins["Service"]
): Effect.Effect<Redacted.Redacted<string> | undefined, never, HttpServerRequest.HttpServerRequest> =>
  Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
    const { cookie, "identity-device": header } = request.headers
    const presented = header === undefined ? [] : [header]
    if (!comesFromForeignOrigin(request, origins)) presentCookies(cookie, `${DEVICE_COOKIE}=`, presented)
    const [credential] = presented
    return credential === undefined ? undefined : Redacted.make(credential, { label: "DeviceCredential" })
  })
