/**
 * The admin API as routes of a listener. Either listener may have it, and the public one is also made without its
 * services, so it is put together before.
 */
import { Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import type { RequestContext } from "../exchange/RequestContext.ts"
import * as AdminAccountsHandlers from "./AdminAccountsHandlers.ts"
import { AdminApi, adminEndpoints } from "./AdminApi.ts"
import * as AdminAuditHandlers from "./AdminAuditHandlers.ts"
import * as AdminSessionsHandlers from "./AdminSessionsHandlers.ts"
import * as AdminTransferHandlers from "./AdminTransferHandlers.ts"
import * as ApiKeysHandlers from "./ApiKeysHandlers.ts"
import * as PresentedApiKeys from "./PresentedApiKeys.ts"

const handlers = Layer.mergeAll(
  AdminAccountsHandlers.layer,
  AdminSessionsHandlers.layer,
  AdminAuditHandlers.layer,
  AdminTransferHandlers.layer,
  ApiKeysHandlers.layer
).pipe(Layer.provide(PresentedApiKeys.layer))

export const make = Effect.map(Effect.context<Layer.Services<typeof handlers>>(), (services) => ({
  routes: adminEndpoints(),
  layer: HttpApiBuilder.layer(AdminApi).pipe(
    Layer.provide(handlers),
    Layer.provide(Layer.succeedContext(services))
  )
}))

export type AdminRouter = Effect.Success<typeof make>

/** Whether a request is one to the admin API. */
export const isAdministrative = ({ route }: RequestContext): boolean => route?.template.startsWith("/admin/") === true
