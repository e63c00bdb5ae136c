import { Layer } from "effect"
import * as PostgresAuditLog from "../../../src/adapters/postgres/PostgresAuditLog.ts"
import * as PostgresIdempotencyStore from "../../../src/adapters/postgres/PostgresIdempotencyStore.ts"
import * as PostgresIdentityStore from "../../../src/adapters/postgres/PostgresIdentityStore.ts"
import * as PostgresLeases from "../../../src/adapters/postgres/PostgresLeases.ts"
import { auditLogContract } from "../../contracts/AuditLogContract.ts"
import { idempotencyStoreContract } from "../../contracts/IdempotencyStoreContract.ts"
import { identityStoreContract } from "../../contracts/IdentityStoreContract.ts"
import { leasesContract } from "../../contracts/LeasesContract.ts"
import { clientAt } from "./TestClient.ts"

for (const isolation of ["read committed", "repeatable read", "serializable"] as const) {
  const name = `postgres at ${isolation}`
  const stores = Layer.mergeAll(
    PostgresIdentityStore.layer,
    PostgresAuditLog.layer,
    PostgresIdempotencyStore.layer,
    PostgresLeases.layer
  ).pipe(Layer.provide(clientAt(isolation)))
  identityStoreContract(name, stores)
  auditLogContract(name, stores)
  idempotencyStoreContract(name, stores)
  leasesContract(name, stores)
}
