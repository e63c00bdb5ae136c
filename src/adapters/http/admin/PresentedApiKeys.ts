/** Judges the API key of a request, and runs its handler on behalf of it. */
import { Effect, Layer, Redacted } from "effect"
import type { HttpServerResponse } from "effect/http"
import { ApiKeyAuthentication } from "../../../domain/admin/ApiKeyAuthentication.ts"
import type { ApiKey, ApiKeyScope } from "../../../domain/model/ApiKey.ts"
import { Caller } from "../../../domain/model/Caller.ts"
import { AdminAuthentication, scopeOf } from "../api/AdminAuthentication.ts"
import { ApiKeyRequired } from "../api/Problems.ts"
import type { ScopeMissing, Unavailable } from "../api/Problems.ts"
import type { TooManyRequests } from "../api/TooManyRequests.ts"
import { headerValues } from "../exchange/RawHeaders.ts"
import { missingScope, refuse, storeOutage, tooManyAttempts } from "../exchange/Refusals.ts"
import { callerOf, CurrentRequest } from "../exchange/RequestContext.ts"
import type { RequestHead } from "../exchange/RequestContext.ts"

type Response = HttpServerResponse.HttpServerResponse

type Refusal = ApiKeyRequired | ScopeMissing | TooManyRequests | Unavailable

/** Runs a handler on behalf of the key of its request, if that has the scope. */
type RequireScope = <E, R>(
  scope: ApiKeyScope | undefined,
  handler: Effect.Effect<Response, E, R>
) => Effect.Effect<Response, E | Refusal, R>

const make: Effect.Effect<RequireScope, never, ApiKeyAuthentication> = Effect.map(
  ApiKeyAuthentication,
  ({ authenticate }) => (scope, handler) =>
    Effect.flatMap(CurrentRequest, (request) => {
      const presented = presentedKey(request)
      if (presented === undefined || scope === undefined) return refuse(ApiKeyRequired)
      const proven = authenticate(presented, scope).pipe(Effect.catchTags({
        ...storeOutage,
        ...tooManyAttempts,
        ApiKeyRequired: () => refuse(ApiKeyRequired),
        ScopeMissing: ({ scopes }) => missingScope(...scopes)
      }))
      return Effect.flatMap(proven, (apiKey) => Effect.provideService(handler, Caller, actingBy(request, apiKey)))
    })
)

const actingBy = (request: Parameters<typeof callerOf>[0], apiKey: ApiKey): Caller => ({
  ...callerOf(request, { type: "api_key", id: apiKey.id }),
  limits: "exempt",
  apiKey
})

const bearer = /^bearer +(\S+)$/i

/** The only token of the request. Of several, nobody could say which counts. */
const presentedKey = (request: RequestHead): Redacted.Redacted<string> | undefined => {
  const [value, ...others] = headerValues(request, "authorization")
  const token = bearer.exec((value ?? "").trim())?.[1]
  return token === undefined || others.length > 0 ? undefined : Redacted.make(token, { label: "ApiKeySecret" })
}

export const layer = Layer.effect(
  AdminAuthentication,
  Effect.map(make, (requireScope) =>
    AdminAuthentication.of({
      api_key: (handler, { endpoint }) => requireScope(scopeOf(endpoint), handler)
    }))
)
