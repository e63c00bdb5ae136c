import { Effect } from "effect"
import type { Redacted } from "effect"
import { HttpServerRequest } from "effect/http"
import { readCredential } from "../exchange/Credentials.ts"
import { comesFromOwnOrigin } from "../exchange/OriginCheck.ts"
import type { AllowedOrigins } from "../exchange/OriginCheck.ts"

/**
 * The session a request to sign in comes with, which is to be replaced: its token must not live on (ASVS 7.2.4).
 *
 * A cookie counts only from our own origins, as everywhere; else a foreign page could sign its visitor out.
 */
export const presentedToken = (
  origins: AllowedOrigins["Service"]
): Effect.Effect<Redacted.Redacted<string> | undefined, never, HttpServerRequest.HttpServerRequest> =>
  Effect.map(HttpServerRequest.HttpServerRequest, (request) => {
    const credential = readCredential(request)
    if (credential === undefined || credential === "ambiguous" || credential.beside !== undefined) return undefined
    return credential.byCookie && !comesFromOwnOrigin(request, origins) ? undefined : credential.token
  })

/** Whether the caller's session came by cookie alone, so that a new token has to go the same way. */
export const isByCookie: Effect.Effect<boolean, never, HttpServerRequest.HttpServerRequest> = Effect.map(
  HttpServerRequest.HttpServerRequest,
  (request) => {
    const credential = readCredential(request)
    return credential !== undefined && credential !== "ambiguous" && credential.byCookie
  }
)
