/** Judges the API key of a request, and runs its handler on behalf of it. */
import { Effect, Layer, Redacted } from "effect"
import { ApiKeyAuthentication } from "../../../domain/admin/ApiKeyAuthentication.ts"
import type { ApiKey } from "../../../domain/model/ApiKey.ts"
import { Caller } from "../../../domain/model/Caller.ts"
import { AdminAuthentication, scopeOf } from "../api/AdminAuthentication.ts"
import { ApiKeyRequired } from "../api/Problems.ts"
import { headerValues } from "../exchange/RawHeaders.ts"
import { missingScope, refuse, storeOutage, tooManyAttempts } from "../exchange/Refusals.ts"
import { callerOf, CurrentRequest } from "../exchange/RequestContext.ts"
import type { RequestHead } from "../exchange/RequestContext.ts"

export const layer = Layer.effect(
  AdminAuthentication,
  Effect.map(ApiKeyAuthentication, ({ authenticate }) =>
    AdminAuthentication.of({
      api_key: (handler, { endpoint }) =>
        Effect.flatMap(CurrentRequest, (request) => {
          const [presented, scope] = [presentedKey(request), scopeOf(endpoint)]
          if (presented === undefined || scope === undefined) return refuse(ApiKeyRequired)
          const proven = authenticate(presented, scope).pipe(Effect.catchTags({
            ...storeOutage,
            ...tooManyAttempts,
            ApiKeyRequired: () => refuse(ApiKeyRequired),
            ScopeMissing: ({ scopes }) => missingScope(...scopes)
          }))
          return Effect.flatMap(proven, (apiKey) => Effect.provideService(handler, Caller, actingBy(request, apiKey)))
        })
    }))
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
