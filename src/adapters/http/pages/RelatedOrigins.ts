/**
 * Tells browsers which other domains may use this one's passkeys (WebAuthn Level 3, §5.11). They ask the domain itself,
 * so it has to hand that one path on to this server.
 */
import { Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import type { ServedRoute } from "../exchange/RouteTable.ts"

const PATH = "/.well-known/webauthn"

/** Nothing is served where all origins belong to the domain. */
export const relatedOriginRoutes = (origins: ReadonlyArray<string> = []): ReadonlyArray<ServedRoute> =>
  origins.length === 0 ? [] : [{ method: "GET", path: PATH, takesBody: false }]

export const layer = (origins: ReadonlyArray<string> = []) =>
  origins.length === 0 ? Layer.empty : HttpRouter.add("GET", PATH, HttpServerResponse.json({ origins }))
