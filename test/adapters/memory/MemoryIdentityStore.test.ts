import * as MemoryIdentityStore from "../../../src/adapters/memory/MemoryIdentityStore.ts"
import { attemptThrottleContract } from "../../contracts/AttemptThrottleContract.ts"
import { auditLogContract } from "../../contracts/AuditLogContract.ts"
import { idempotencyStoreContract } from "../../contracts/IdempotencyStoreContract.ts"
import { identityStoreContract } from "../../contracts/IdentityStoreContract.ts"
import { leasesContract } from "../../contracts/LeasesContract.ts"
import { storeClockContract } from "../../contracts/StoreClockContract.ts"

identityStoreContract("memory", MemoryIdentityStore.layer)
auditLogContract("memory", MemoryIdentityStore.layer)
idempotencyStoreContract("memory", MemoryIdentityStore.layer)
leasesContract("memory", MemoryIdentityStore.layer)
attemptThrottleContract("memory", MemoryIdentityStore.layer)
storeClockContract("memory", MemoryIdentityStore.layer)
