/**
 * Sets and clears the cookies of sessions and devices.
 *
 * Scripts can't read them, no other site's request carries them, and they are bound to this host (ASVS 3.3.1–3.3.4).
 * The session cookie may outlive its session, because the server decides when a session ends. A cookie that expired
 * earlier would lose a session in use. The device cookie outlives sessions, because its purpose is the next sign-in.
 */
import { Duration, Redacted } from "effect"
import { HttpServerResponse } from "effect/http"
import { DEVICE_LIFETIME } from "../../../domain/model/Device.ts"
import type { DeviceCredential } from "../../../domain/model/Device.ts"
import type { SessionToken } from "../../../domain/model/Session.ts"
import { SESSION_COOKIE } from "../api/Authentication.ts"
import { DEVICE_COOKIE } from "../api/Devices.ts"

const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"

export const sessionCookie = (token: SessionToken, maxAge: Duration.Duration): string =>
  `${SESSION_COOKIE}=${Redacted.value(token)}; Max-Age=${Math.floor(Duration.toSeconds(maxAge))}; ${ATTRIBUTES}`

export const CLEARED_SESSION_COOKIE = `${SESSION_COOKIE}=; Max-Age=0; ${ATTRIBUTES}`

const DEVICE_ATTRIBUTES = {
  path: "/",
  secure: true,
  httpOnly: true,
  sameSite: "strict",
  maxAge: DEVICE_LIFETIME
} as const

/** Adds a cookie beside the session's. `setHeader` would replace that one. */
export const withDeviceCookie = (credential: DeviceCredential) =>
(
  response: HttpServerResponse.HttpServerResponse
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.setCookieUnsafe(response, DEVICE_COOKIE, Redacted.value(credential), DEVICE_ATTRIBUTES)
