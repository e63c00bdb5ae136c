import { Duration, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { KEEP_OLD_DEFAULT } from "../../../domain/admin/ApiKeyPolicy.ts"
import { ApiKeys } from "../../../domain/admin/ApiKeys.ts"
import type { ApiKeyLifetimeRefused, ScopeMissing } from "../../../domain/model/IdentityErrors.ts"
import { apiKeyResource, issuedApiKeyResource } from "../../../resources/ApiKeyResource.ts"
import type { RequestOf } from "../api/Endpoints.ts"
import { pageIn } from "../api/PageQuery.ts"
import { NetworksTooWide, NotFound } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import { invalidCursor, missingScope, refuse, refuseInput, storeOutage, storeRefusal } from "../exchange/Refusals.ts"
import { AdminApi } from "./AdminApi.ts"
import { pageAnswer } from "./AdminPages.ts"
import { ApiKeyRoll, NewApiKey } from "./ApiKeysApi.ts"

export const layer = HttpApiBuilder.group(
  AdminApi,
  "api-keys",
  Effect.fnUntraced(function*(handlers) {
    const keys = yield* ApiKeys

    const listApiKeys = Effect.fnUntraced(
      function*({ query }: RequestOf<typeof AdminApi.groups["api-keys"], "listApiKeys">) {
        const { items, next } = yield* keys.list(pageIn(query))
        return yield* pageAnswer({ api_keys: items.map(apiKeyResource) }, next)
      },
      Effect.catchTags({ ...storeOutage, ...invalidCursor })
    )

    const createApiKey = ({ allowed_networks = [], expires_at, name, scopes }: typeof NewApiKey.Type) =>
      keys.create({ name, scopes, allowedNetworks: allowed_networks, expiresAt: expires_at }).pipe(
        Effect.map(issuedApiKeyResource),
        Effect.catchTags({ ...storeRefusal, ...beyondOnesOwn, ApiKeyLifetimeRefused: lifetimeRefused })
      )

    const rollApiKey = (
      { keep_old_for = KEEP_OLD_DEFAULT }: typeof ApiKeyRoll.Type,
      { params }: RequestOf<typeof AdminApi.groups["api-keys"], "rollApiKey">
    ) =>
      keys.roll(params.id, keep_old_for).pipe(
        Effect.map(issuedApiKeyResource),
        Effect.catchTags({ ...storeOutage, ...beyondOnesOwn, ApiKeyNotFound: () => refuse(NotFound) })
      )

    const revokeApiKey = ({ params }: RequestOf<typeof AdminApi.groups["api-keys"], "revokeApiKey">) =>
      keys.revoke(params.id).pipe(
        Effect.catchTags({ ...storeOutage, ...beyondOnesOwn, ApiKeyNotFound: () => refuse(NotFound) })
      )

    return handlers.handleAll({ listApiKeys, revokeApiKey })
      .handleRaw("createApiKey", withPayload(NewApiKey, createApiKey))
      .handleRaw("rollApiKey", withPayload(ApiKeyRoll, rollApiKey))
  })
)

const beyondOnesOwn = {
  ScopeMissing: ({ scopes }: ScopeMissing) => missingScope(...scopes),
  NetworksTooWide: () => refuse(NetworksTooWide)
}

const lifetimeRefused = ({ max }: ApiKeyLifetimeRefused) =>
  refuseInput([{ pointer: "/expires_at", detail: `must be later than now and within ${Duration.format(max)}` }])
