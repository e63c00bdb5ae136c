import { Layer } from "effect"
import * as PostgresAuditLog from "../../../src/adapters/postgres/ledger/PostgresAuditLog.ts"
import * as PostgresIdempotencyStore from "../../../src/adapters/postgres/ledger/PostgresIdempotencyStore.ts"
import * as PostgresIdentityStore from "../../../src/adapters/postgres/PostgresIdentityStore.ts"
import * as PostgresLeases from "../../../src/adapters/postgres/upkeep/PostgresLeases.ts"
import { auditLogContract } from "../../contracts/AuditLogContract.ts"
import { idempotencyStoreContract } from "../../contracts/IdempotencyStoreContract.ts"
import { identityStoreContract } from "../../contracts/IdentityStoreContract.ts"
import { leasesContract } from "../../contracts/LeasesContract.ts"
import { clientAt, unusualSettings } from "./TestClient.ts"

for (const isolation of ["read committed", "repeatable read", "serializable"] as const) {
  const settings = isolation === "repeatable read" ? unusualSettings : []
  const name = `postgres at ${isolation}${settings.length === 0 ? "" : ", with unusual settings,"}`
  const stores = Layer.mergeAll(
    PostgresIdentityStore.layer,
    PostgresAuditLog.layer,
    PostgresIdempotencyStore.layer,
    PostgresLeases.layer
  ).pipe(Layer.provide(clientAt(isolation, settings)))
  identityStoreContract(name, stores)
  auditLogContract(name, stores)
  idempotencyStoreContract(name, stores)
  leasesContract(name, stores)
}
