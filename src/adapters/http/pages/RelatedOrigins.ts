/**
 * Tells browsers which other domains may use this one's passkeys (WebAuthn Level 3, §5.11). They ask the domain itself,
 * so it has to hand that one path on to this server.
 */
import { HttpRouter, HttpServerResponse } from "effect/http"
import { served } from "../exchange/RouteTable.ts"

/** Nothing is served where all origins belong to the domain. */
export const make = (origins: ReadonlyArray<string> = []) =>
  served(
    ...(origins.length === 0
      ? []
      : [HttpRouter.route("GET", "/.well-known/webauthn", HttpServerResponse.json({ origins }))])
  )
