import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import type { Sessions } from "../../../domain/services/Sessions.ts"
import { readCredential } from "../middleware/Credentials.ts"
import { comesFromOwnOrigin } from "../middleware/OriginCheck.ts"
import type { AllowedOrigins } from "../middleware/OriginCheck.ts"

/**
 * Ends the session that a request to sign in came with: it is replaced, so its token must not live on (ASVS 7.2.4).
 *
 * A cookie counts only from our own origins, as everywhere; else a foreign page could sign its visitor out.
 */
export const endPresentedSession = Effect.fnUntraced(
  function*(sessions: Sessions["Service"], origins: AllowedOrigins["Service"]) {
    const request = yield* HttpServerRequest.HttpServerRequest
    const credential = readCredential(request)
    if (credential === undefined || credential === "ambiguous") return
    if (credential.byCookie && !comesFromOwnOrigin(request, origins)) return
    const { session } = yield* sessions.verify(credential.token)
    yield* sessions.end(session)
  },
  Effect.catchTags({ SessionRequired: () => Effect.void })
)
