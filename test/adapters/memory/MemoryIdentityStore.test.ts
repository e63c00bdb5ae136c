import * as MemoryIdentityStore from "../../../src/adapters/memory/MemoryIdentityStore.ts"
import { identityStoreContract } from "../../contracts/IdentityStoreContract.ts"

identityStoreContract("memory", MemoryIdentityStore.layer)
