import type { Dashboard } from "../Description.ts"
import { identity } from "./identity.ts"
import { runtime } from "./runtime.ts"
import { service } from "./service.ts"

export const dashboards: ReadonlyArray<Dashboard> = [service, identity, runtime]
