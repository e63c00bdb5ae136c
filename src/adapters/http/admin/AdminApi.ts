/**
 * The whole admin API, for programs with API keys. Clients import this: it holds no server code.
 */
import { HttpApi, OpenApi } from "effect/http-api"
import { endpointsOf } from "../api/Endpoints.ts"
import { ABOUT, completeOperations } from "../api/OpenApiDocument.ts"
import { AdminAccountsApi } from "./AdminAccountsApi.ts"
import { AdminAuditApi } from "./AdminAuditApi.ts"
import { AdminSessionsApi } from "./AdminSessionsApi.ts"
import { AdminTransferApi } from "./AdminTransferApi.ts"
import { ApiKeysApi } from "./ApiKeysApi.ts"

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
    ...ABOUT,
    title: "identity admin",
    summary: "Accounts and sessions, for programs",
    description:
      "Administers everybody's accounts and sessions, with an API key. Refusals are RFC 9457 problems; members and " +
      "endpoints may be added to version 1, none will change or go.",
    transform: completeOperations
  }))
{}

/** The endpoints, with the scope that each needs. */
export const adminEndpoints = () => endpointsOf(AdminApi)
