import { Layer } from "effect"
import { wrongClocksContract } from "../../contracts/WrongClocksContract.ts"
import { postgresStores } from "../../support/stores.ts"
import { hastyClient } from "./TestClient.ts"

wrongClocksContract("postgres", Layer.provide(postgresStores, hastyClient), { excludeTestServices: true })
