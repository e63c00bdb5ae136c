import { storesContract } from "../../contracts/StoresContract.ts"
import { wrongClocksContract } from "../../contracts/WrongClocksContract.ts"
import { memoryStores } from "../../support/stores.ts"

storesContract("memory", memoryStores)
wrongClocksContract("memory", memoryStores)
