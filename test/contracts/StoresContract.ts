/**
 * The contract of all stores of an adapter, in levels: the operations that services can't do without, then a directory,
 * then retention.
 */
import type { Layer } from "effect"
import type { AccountTransfer } from "../../src/ports/AccountTransfer.ts"
import type { Directory } from "../../src/ports/Directory.ts"
import type { Retention } from "../../src/ports/Retention.ts"
import type { Store } from "../../src/ports/Stores.ts"
import { accountStoreContract } from "./AccountStoreContract.ts"
import { accountTransferContract } from "./AccountTransferContract.ts"
import { apiKeyStoreContract } from "./ApiKeyStoreContract.ts"
import { auditLogContract } from "./AuditLogContract.ts"
import { challengeStoreContract } from "./ChallengeStoreContract.ts"
import { directoryContract } from "./DirectoryContract.ts"
import { factorStoreContract } from "./FactorStoreContract.ts"
import { guessBudgetsContract } from "./GuessBudgetsContract.ts"
import { idempotencyStoreContract } from "./IdempotencyStoreContract.ts"
import { leasesContract } from "./LeasesContract.ts"
import { outboxContract } from "./OutboxContract.ts"
import { retentionContract } from "./RetentionContract.ts"
import { sessionStoreContract } from "./SessionStoreContract.ts"
import { storeClockContract } from "./StoreClockContract.ts"

/** Level `core`. */
export const coreStoresContract = <E>(name: string, stores: Layer.Layer<Store, E>): void => {
  accountStoreContract(name, stores)
  sessionStoreContract(name, stores)
  apiKeyStoreContract(name, stores)
  auditLogContract(name, stores)
  challengeStoreContract(name, stores)
  factorStoreContract(name, stores)
  idempotencyStoreContract(name, stores)
  guessBudgetsContract(name, stores)
  leasesContract(name, stores)
  outboxContract(name, stores)
  storeClockContract(name, stores)
}

/** Levels `core`, `directory` and `retention`. */
export const storesContract = <E>(
  name: string,
  stores: Layer.Layer<AccountTransfer | Directory | Retention | Store, E>
): void => {
  coreStoresContract(name, stores)
  accountTransferContract(name, stores)
  directoryContract(name, stores)
  retentionContract(name, stores)
}
