import { Layer } from "effect"
import * as PostgresStoreClock from "../../../src/adapters/postgres/upkeep/PostgresStoreClock.ts"
import { storeClockContract } from "../../contracts/StoreClockContract.ts"
import { clientOfEmptyDatabase } from "./TestClient.ts"

storeClockContract("postgres", PostgresStoreClock.layer.pipe(Layer.provide(clientOfEmptyDatabase)))
