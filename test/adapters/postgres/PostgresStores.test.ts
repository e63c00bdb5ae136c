import { Layer } from "effect"
import { accountStoreContract } from "../../contracts/AccountStoreContract.ts"
import { auditLogContract } from "../../contracts/AuditLogContract.ts"
import { directoryContract } from "../../contracts/DirectoryContract.ts"
import { guessBudgetsRaces } from "../../contracts/GuessBudgetsContract.ts"
import { idempotencyStoreContract } from "../../contracts/IdempotencyStoreContract.ts"
import { leasesContract } from "../../contracts/LeasesContract.ts"
import { retentionContract } from "../../contracts/RetentionContract.ts"
import { sessionStoreContract } from "../../contracts/SessionStoreContract.ts"
import { storesContract } from "../../contracts/StoresContract.ts"
import { postgresStores } from "../../support/stores.ts"
import { clientAt, unusualSettings } from "./TestClient.ts"

storesContract("postgres at read committed", Layer.provide(postgresStores, clientAt("read committed")))

for (const isolation of ["repeatable read", "serializable"] as const) {
  const settings = isolation === "repeatable read" ? unusualSettings : []
  const name = `postgres at ${isolation}${settings.length === 0 ? "" : ", with unusual settings,"}`
  const stores = Layer.provide(postgresStores, clientAt(isolation, settings))
  accountStoreContract(name, stores)
  sessionStoreContract(name, stores)
  auditLogContract(name, stores)
  idempotencyStoreContract(name, stores)
  guessBudgetsRaces(name, stores)
  leasesContract(name, stores)
  directoryContract(name, stores)
  retentionContract(name, stores)
}
