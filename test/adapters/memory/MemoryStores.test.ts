import { storesContract } from "../../contracts/StoresContract.ts"
import { memoryStores } from "../../support/stores.ts"

storesContract("memory", memoryStores)
