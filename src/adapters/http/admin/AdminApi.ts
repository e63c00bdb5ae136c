/**
 * The whole admin API, for programs with API keys. Clients import this: it holds no server code.
 */
import { Predicate } from "effect"
import { HttpApi, OpenApi } from "effect/http-api"
import { scopeOf } from "../api/AdminAuthentication.ts"
import { completeOperations } from "../api/OpenApiDocument.ts"
import { AdminAccountsApi } from "./AdminAccountsApi.ts"
import { AdminAuditApi } from "./AdminAuditApi.ts"
import { AdminSessionsApi } from "./AdminSessionsApi.ts"
import { AdminTransferApi } from "./AdminTransferApi.ts"
import { ApiKeysApi } from "./ApiKeysApi.ts"

type Json = Record<string, unknown>

export class AdminApi extends HttpApi.make("identity-admin").add(
  AdminAccountsApi,
  AdminSessionsApi,
  AdminAuditApi,
  AdminTransferApi,
  ApiKeysApi
)
  // One answer names everything that is wrong. A filter that is misspelt must not list everything.
  .annotate(HttpApi.QueryParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(OpenApi.annotations({
    title: "identity admin",
    version: "1",
    summary: "Accounts and sessions, for programs",
    description:
      "Administers everybody's accounts and sessions, with an API key. Refusals are RFC 9457 problems; members and " +
      "endpoints may be added to version 1, none will change or go.",
    license: { name: "MIT", url: "https://opensource.org/license/mit" },
    servers: [{ url: "/" }],
    transform: (document: Json) => nameScopes(completeOperations(document))
  }))
{}

/** The only body that is read while it arrives. */
const IMPORTS = "/admin/imports"

/** The endpoints, with the scope that each needs. */
export const adminEndpoints = () =>
  Object.values(AdminApi.groups).flatMap((group) =>
    Object.values(group.endpoints).map((endpoint) => ({
      method: endpoint.method,
      path: endpoint.path,
      takesBody: endpoint.payload.size > 0 && endpoint.path !== IMPORTS,
      streamsBody: endpoint.path === IMPORTS,
      scope: scopeOf(endpoint)
    }))
  )

/** Says which scope an operation needs, where OpenAPI has a place for that. */
const nameScopes = (document: Json): Json => {
  const paths = document["paths"]
  for (const { method, path, scope } of adminEndpoints()) {
    const item = Predicate.isObject(paths) ? paths[path.replaceAll(/:(\w+)/g, "{$1}")] : undefined
    const operation = Predicate.isObject(item) ? item[method.toLowerCase()] : undefined
    if (Predicate.isObject(operation)) operation["security"] = [{ api_key: [scope] }]
  }
  return document
}
