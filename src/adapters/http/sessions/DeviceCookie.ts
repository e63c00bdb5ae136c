/**
 * The device cookie as it is set, with the attributes of the session's cookie. It outlives sessions: what it is for is
 * the next sign-in.
 */
import { Redacted } from "effect"
import { HttpServerResponse } from "effect/http"
import { DEVICE_LIFETIME } from "../../../domain/model/Device.ts"
import type { DeviceCredential } from "../../../domain/model/Device.ts"
import { DEVICE_COOKIE } from "../api/Devices.ts"

const ATTRIBUTES = { path: "/", secure: true, httpOnly: true, sameSite: "strict", maxAge: DEVICE_LIFETIME } as const

/** Beside other cookies: a header would hold one only. */
export const withDeviceCookie = (credential: DeviceCredential) =>
(
  response: HttpServerResponse.HttpServerResponse
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.setCookieUnsafe(response, DEVICE_COOKIE, Redacted.value(credential), ATTRIBUTES)
