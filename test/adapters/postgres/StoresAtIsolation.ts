/** The contracts of stores at an isolation level other than Postgres' own, where statements fail that would wait. */
import { Layer } from "effect"
import { accountStoreContract } from "../../contracts/AccountStoreContract.ts"
import { auditLogContract } from "../../contracts/AuditLogContract.ts"
import { directoryContract } from "../../contracts/DirectoryContract.ts"
import { guessBudgetsRaces } from "../../contracts/GuessBudgetsContract.ts"
import { idempotencyStoreContract } from "../../contracts/IdempotencyStoreContract.ts"
import { leasesContract } from "../../contracts/LeasesContract.ts"
import { retentionContract } from "../../contracts/RetentionContract.ts"
import { sessionStoreContract } from "../../contracts/SessionStoreContract.ts"
import { postgresStores } from "../../support/stores.ts"
import { clientAt } from "./TestClient.ts"
import type { IsolationLevel } from "./TestClient.ts"

export const contractsAt = (name: string, isolation: IsolationLevel, settings: ReadonlyArray<string> = []): void => {
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
