import { Layer } from "effect"
import { storesContract } from "../../contracts/StoresContract.ts"
import { postgresStores } from "../../support/stores.ts"
import { clientAt } from "./TestClient.ts"

storesContract("postgres at read committed", Layer.provide(postgresStores, clientAt("read committed")))
