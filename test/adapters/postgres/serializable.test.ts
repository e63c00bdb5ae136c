import { contractsAt } from "./StoresAtIsolation.ts"

contractsAt("postgres at serializable", "serializable")
