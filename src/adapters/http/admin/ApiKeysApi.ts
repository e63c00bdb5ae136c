import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { KEEP_OLD_MAX } from "../../../domain/admin/ApiKeyPolicy.ts"
import { ApiKeyId, ApiKeyName, ApiKeyScope } from "../../../domain/model/ApiKey.ts"
import { WrittenNetwork } from "../../../domain/model/IpAddress.ts"
import { TimeSpan } from "../../../kernel/TimeSpan.ts"
import { ApiKeyResource, IssuedApiKeyResource } from "../../../resources/ApiKeyResource.ts"
import { AdminAuthentication, needs } from "../api/AdminAuthentication.ts"
import { optional, written, writtenId, writtenInstant } from "../api/BodyMembers.ts"
import { bodyProblems, generalProblems, problems } from "../api/EndpointProblems.ts"
import { withParameters } from "../api/OperationParameters.ts"
import { limitParameter, nextPage, pageLink, pageQuery } from "../api/PageQuery.ts"
import { NetworksTooWide, NotFound, ValidationFailed } from "../api/Problems.ts"

const ApiKeyPage = Schema.Struct({
  api_keys: Schema.Array(ApiKeyResource).annotate({ description: "The keys of this page" }),
  next: nextPage
}).annotate({ identifier: "ApiKeyPage", description: "API keys in the order of their creation, expired ones included" })

const list = HttpApiEndpoint.get("listApiKeys", "/admin/api-keys", {
  query: pageQuery,
  success: HttpApiSchema.WithHeaders(ApiKeyPage, pageLink),
  error: [...generalProblems, ...problems(ValidationFailed)]
}).middleware(AdminAuthentication).annotateMerge(needs("keys:write")).annotateMerge(OpenApi.annotations({
  summary: "List API keys",
  description: "Without their secrets."
})).annotateMerge(withParameters(limitParameter("keys")))

export const NewApiKey = Schema.Struct({
  name: written(ApiKeyName, { minLength: 1, maxLength: 100, description: "What it is for", examples: ["Billing"] }),
  scopes: Schema.NonEmptyArray(ApiKeyScope).annotate({
    description: "What it may do: no more than the key that makes it",
    examples: [["accounts:read"]]
  }),
  ...optional({
    expires_at: writtenInstant(
      "From when on it isn't good any more. In 90 days if this is left out; the operator sets the latest"
    ),
    allowed_networks: Schema.Array(
      written(WrittenNetwork, { maxLength: 100, description: "An address or a network" })
    ).annotate({
      description: "From where it is good; everywhere if this is left out. Within those of the key that makes it"
    })
  })
}).annotate({ identifier: "NewApiKey", description: "A key to be made" })

const create = HttpApiEndpoint.post("createApiKey", "/admin/api-keys", {
  payload: NewApiKey,
  success: IssuedApiKeyResource.pipe(HttpApiSchema.status(201)),
  error: [...bodyProblems, ...problems(NetworksTooWide)]
}).middleware(AdminAuthentication).annotateMerge(needs("keys:write")).annotateMerge(OpenApi.annotations({
  summary: "Make an API key",
  description: "Its secret is in this answer and never again. A key makes none that can do more than itself."
}))

const keyParams = {
  id: writtenId(ApiKeyId, "key_02qo8ey96xw3vwzfm9q0jk5tc", "The `id` of an API key")
}

export const ApiKeyRoll = Schema.Struct(optional({
  keep_old_for: written(TimeSpan({ min: "0 seconds", max: KEEP_OLD_MAX }), {
    maxLength: 30,
    description: "How long the old secret stays good: `0 seconds` to `30 days`, `1 hour` if this is left out",
    examples: ["1 hour"]
  })
})).annotate({ identifier: "ApiKeyRoll", description: "How to give a key a new secret" })

const roll = HttpApiEndpoint.post("rollApiKey", "/admin/api-keys/:id/roll", {
  params: keyParams,
  payload: ApiKeyRoll,
  success: IssuedApiKeyResource,
  error: [...bodyProblems, ...problems(NotFound, NetworksTooWide)]
}).middleware(AdminAuthentication).annotateMerge(needs("keys:write")).annotateMerge(OpenApi.annotations({
  summary: "Give a key a new secret",
  description:
    "The key is then good for as long as it was when it was made. A key rolls none that can do more than itself."
}))

const revoke = HttpApiEndpoint.delete("revokeApiKey", "/admin/api-keys/:id", {
  params: keyParams,
  success: HttpApiSchema.NoContent,
  error: [...generalProblems, ...problems(NotFound, NetworksTooWide)]
}).middleware(AdminAuthentication).annotateMerge(needs("keys:write")).annotateMerge(OpenApi.annotations({
  summary: "End a key",
  description: "On every server at once. A key ends none that can do more than itself."
}))

export class ApiKeysApi extends HttpApiGroup.make("api-keys").add(list, create, roll, revoke)
  .annotateMerge(OpenApi.annotations({ title: "API keys", description: "The keys of programs." }))
{}
