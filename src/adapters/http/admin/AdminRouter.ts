/**
 * The admin API as routes of a listener. Either listener may have it, and the public one is also made without its
 * services, so it is put together before.
 */
import type { Context } from "effect"
import { Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import type { AccountDirectory } from "../../../domain/accounts/AccountDirectory.ts"
import type { Accounts } from "../../../domain/accounts/Accounts.ts"
import type { AccountAdmission } from "../../../domain/admin/AccountAdmission.ts"
import type { ApiKeyAuthentication } from "../../../domain/admin/ApiKeyAuthentication.ts"
import type { ApiKeys } from "../../../domain/admin/ApiKeys.ts"
import type { Exports } from "../../../domain/admin/Exports.ts"
import type { Imports } from "../../../domain/admin/Imports.ts"
import type { AuditReview } from "../../../domain/audit/AuditReview.ts"
import type { EmailChanges } from "../../../domain/challenges/EmailChanges.ts"
import type { Recoveries } from "../../../domain/challenges/Recoveries.ts"
import type { Factors } from "../../../domain/enrolments/Factors.ts"
import type { BulkRevocation } from "../../../domain/sessions/BulkRevocation.ts"
import type { Sessions } from "../../../domain/sessions/Sessions.ts"
import type { RequestContext } from "../exchange/RequestContext.ts"
import type { ServedRoute } from "../exchange/RouteTable.ts"
import * as AdminAccountsHandlers from "./AdminAccountsHandlers.ts"
import { AdminApi, adminEndpoints } from "./AdminApi.ts"
import * as AdminAuditHandlers from "./AdminAuditHandlers.ts"
import * as AdminSessionsHandlers from "./AdminSessionsHandlers.ts"
import * as AdminTransferHandlers from "./AdminTransferHandlers.ts"
import * as ApiKeysHandlers from "./ApiKeysHandlers.ts"
import * as PresentedApiKeys from "./PresentedApiKeys.ts"

/** What the handlers call. */
export type AdminServices =
  | AccountAdmission
  | AccountDirectory
  | Accounts
  | ApiKeyAuthentication
  | ApiKeys
  | AuditReview
  | BulkRevocation
  | EmailChanges
  | Exports
  | Imports
  | Factors
  | Recoveries
  | Sessions

export const make = Effect.map(Effect.context<AdminServices>(), (services: Context.Context<AdminServices>) => ({
  routes: adminEndpoints().map(({ method, path, streamsBody, takesBody }): ServedRoute => ({
    method,
    path,
    takesBody,
    streamsBody
  })),
  layer: HttpApiBuilder.layer(AdminApi).pipe(
    Layer.provide([
      AdminAccountsHandlers.layer,
      AdminSessionsHandlers.layer,
      AdminAuditHandlers.layer,
      AdminTransferHandlers.layer,
      ApiKeysHandlers.layer
    ]),
    Layer.provide(PresentedApiKeys.layer),
    Layer.provide(Layer.succeedContext(services))
  )
}))

export type AdminRouter = Effect.Success<typeof make>

/** Whether a request is one to the admin API. */
export const isAdministrative = ({ route }: RequestContext): boolean => route?.template.startsWith("/admin/") === true
