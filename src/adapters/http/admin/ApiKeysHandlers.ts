import { Duration, Effect, Option } from "effect"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import { KEEP_OLD_DEFAULT } from "../../../domain/admin/ApiKeyPolicy.ts"
import { ApiKeys } from "../../../domain/admin/ApiKeys.ts"
import type { ApiKeyId } from "../../../domain/model/ApiKey.ts"
import type { ApiKeyLifetimeRefused, ScopeMissing } from "../../../domain/model/IdentityErrors.ts"
import { PAGE_LIMIT_DEFAULT } from "../../../domain/model/Page.ts"
import { apiKeyResource, issuedApiKeyResource } from "../../../resources/ApiKeyResource.ts"
import type { PageQuery } from "../api/PageQuery.ts"
import { NetworksTooWide, NotFound } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import { invalidCursor, missingScope, refuse, refuseInput, storeOutage, storeRefusal } from "../exchange/Refusals.ts"
import { AdminApi } from "./AdminApi.ts"
import { linkToNext } from "./AdminLinks.ts"
import { ApiKeyRoll, NewApiKey } from "./ApiKeysApi.ts"

interface OfKey {
  readonly params: { readonly id: ApiKeyId }
}

export const layer = HttpApiBuilder.group(
  AdminApi,
  "api-keys",
  Effect.fnUntraced(function*(handlers) {
    const keys = yield* ApiKeys

    const list = Effect.fnUntraced(
      function*({ query }: { readonly query: PageQuery }) {
        const { after, limit = PAGE_LIMIT_DEFAULT } = query
        const { items, next } = yield* keys.list({ limit, after: Option.fromUndefinedOr(after) })
        const body = { api_keys: items.map(apiKeyResource), next: Option.getOrNull(next) }
        return HttpApiSchema.withHeaders({ body, headers: yield* linkToNext(next) })
      },
      Effect.catchTags({ ...storeOutage, ...invalidCursor })
    )

    const create = ({ allowed_networks = [], expires_at, name, scopes }: typeof NewApiKey.Type) =>
      keys.create({ name, scopes, allowedNetworks: allowed_networks, expiresAt: expires_at }).pipe(
        Effect.map(issuedApiKeyResource),
        Effect.catchTags({ ...storeRefusal, ...beyondOnesOwn, ApiKeyLifetimeRefused: lifetimeRefused })
      )

    const roll = ({ keep_old_for = KEEP_OLD_DEFAULT }: typeof ApiKeyRoll.Type, { params }: OfKey) =>
      keys.roll(params.id, keep_old_for).pipe(
        Effect.map(issuedApiKeyResource),
        Effect.catchTags({ ...storeOutage, ...beyondOnesOwn, ApiKeyNotFound: () => refuse(NotFound) })
      )

    const revoke = ({ params }: OfKey) =>
      keys.revoke(params.id).pipe(
        Effect.catchTags({ ...storeOutage, ...beyondOnesOwn, ApiKeyNotFound: () => refuse(NotFound) })
      )

    return handlers.handleAll({ list, revoke })
      .handleRaw("create", withPayload(NewApiKey, create))
      .handleRaw("roll", withPayload(ApiKeyRoll, roll))
  })
)

const beyondOnesOwn = {
  ScopeMissing: ({ scopes }: ScopeMissing) => missingScope(...scopes),
  NetworksTooWide: () => refuse(NetworksTooWide)
}

const lifetimeRefused = ({ max }: ApiKeyLifetimeRefused) =>
  refuseInput([{ pointer: "/expires_at", detail: `must be later than now and within ${Duration.format(max)}` }])
