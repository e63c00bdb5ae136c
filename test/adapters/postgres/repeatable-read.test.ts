import { contractsAt } from "./StoresAtIsolation.ts"
import { unusualSettings } from "./TestClient.ts"

contractsAt("postgres at repeatable read, with unusual settings,", "repeatable read", unusualSettings)
