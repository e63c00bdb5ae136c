/** The world of tests of the admin API: `TestIdentity` with the admin API beside the public one. */
import { Effect, Layer } from "effect"
import * as AdminRouter from "../../src/adapters/http/admin/AdminRouter.ts"
import { ApiKeys } from "../../src/domain/admin/ApiKeys.ts"
import type { NewApiKey } from "../../src/domain/admin/ApiKeys.ts"
import { ApiKeyScope } from "../../src/domain/model/ApiKey.ts"
import { memoryStores } from "./stores.ts"
import { TestIdentity } from "./TestIdentity.ts"
import { cheapHasher, servicesOver } from "./TestServices.ts"

export const layerOver = (stores: typeof memoryStores) =>
  Layer.unwrap(Effect.map(AdminRouter.make, (admin) => TestIdentity.layerOver({ admin }))).pipe(
    Layer.provideMerge(servicesOver(cheapHasher, stores))
  )

export const layer = layerOver(memoryStores)

/** A key with every scope, unless the fields say otherwise. */
export const aKey = (fields: Partial<NewApiKey> = {}) =>
  Effect.flatMap(ApiKeys, (keys) =>
    keys.create({
      name: "A program",
      scopes: ApiKeyScope.literals,
      allowedNetworks: [],
      expiresAt: undefined,
      ...fields
    }))
