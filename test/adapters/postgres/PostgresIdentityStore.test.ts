import { Layer } from "effect"
import * as PostgresIdentityStore from "../../../src/adapters/postgres/PostgresIdentityStore.ts"
import { identityStoreContract } from "../../contracts/IdentityStoreContract.ts"
import { clientAt } from "./TestClient.ts"

for (const isolation of ["read committed", "repeatable read", "serializable"] as const) {
  identityStoreContract(
    `postgres at ${isolation}`,
    PostgresIdentityStore.layer.pipe(Layer.provide(clientAt(isolation)))
  )
}
