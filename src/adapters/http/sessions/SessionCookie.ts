/**
 * The session cookie as it is set and cleared.
 *
 * Scripts can't read it, no other site's request carries it, and it is bound to this host (ASVS 3.3.1–3.3.4). It may
 * outlive its session, which the server ends by itself; were it shorter, a session in use would be lost.
 */
import { Duration, Redacted } from "effect"
import type { SessionToken } from "../../../domain/model/Session.ts"
import { SESSION_COOKIE } from "../api/Authentication.ts"

const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"

export const sessionCookie = (token: SessionToken, maxAge: Duration.Duration): string =>
  `${SESSION_COOKIE}=${Redacted.value(token)}; Max-Age=${Math.floor(Duration.toSeconds(maxAge))}; ${ATTRIBUTES}`

export const CLEARED_SESSION_COOKIE = `${SESSION_COOKIE}=; Max-Age=0; ${ATTRIBUTES}`
