/**
 * Authentication of programs: a request proves its API key as a bearer token, and by nothing else. A session opens
 * nothing here.
 *
 * Each endpoint says which scope it needs (`needs`). One that says nothing is refused, whatever the key.
 */
import { Context } from "effect"
import { HttpApiMiddleware, HttpApiSecurity, OpenApi } from "effect/http-api"
import type { HttpApiEndpoint } from "effect/http-api"
import type { ApiKeyScope } from "../../../domain/model/ApiKey.ts"
import { problems } from "./EndpointProblems.ts"
import { ApiKeyRequired, ScopeMissing, Unavailable } from "./Problems.ts"
import { tooManyRequests } from "./TooManyRequests.ts"

/** @effect-expect-leaking HttpServerRequest | ParsedSearchParams | RouteContext */
export class AdminAuthentication extends HttpApiMiddleware.Service<AdminAuthentication>()(
  "identityd/adapters/http/api/AdminAuthentication",
  {
    security: {
      api_key: HttpApiSecurity.bearer.pipe(HttpApiSecurity.annotateMerge(OpenApi.annotations({
        description: "An API key, as `Authorization: Bearer idk_…`. `identity create-api-key` makes the first one."
      })))
    },
    error: [...problems(ApiKeyRequired, ScopeMissing, Unavailable), tooManyRequests]
  }
) {}

class RequiredScope extends Context.Service<RequiredScope, ApiKeyScope>()(
  "identityd/adapters/http/api/AdminAuthentication/RequiredScope"
) {}

/** The annotation of an endpoint that needs a scope. OpenAPI has a place for that. */
export const needs = (scope: ApiKeyScope): Context.Context<RequiredScope> =>
  Context.add(OpenApi.annotations({ override: { security: [{ api_key: [scope] }] } }), RequiredScope, scope)

export const scopeOf = ({ annotations }: Pick<HttpApiEndpoint.Top, "annotations">): ApiKeyScope | undefined =>
  Context.getOrUndefined(annotations, RequiredScope)
