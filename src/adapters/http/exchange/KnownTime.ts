/**
 * Refuses API requests until the store's clock has been read for the first time since the server started. That clock
 * decides everything. By the machine's own clock, an expired session could still count as live.
 */
import type { SharedClock } from "../../../domain/clock/SharedClock.ts"
import { Unavailable } from "../api/Problems.ts"
import { refuse } from "./Refusals.ts"
import type { Gate } from "./RequestContext.ts"
import { templateOf } from "./RouteTable.ts"
import type { ServedRoute } from "./RouteTable.ts"

/** Applies to these routes. Documentation pages don't depend on the time. */
export const knownTime = (
  { agreement }: SharedClock["Service"],
  routes: ReadonlyArray<Pick<ServedRoute, "path">>
): Gate => {
  const templates = new Set(routes.map(({ path }) => templateOf(path)))
  let isKnown = false
  return ({ route }) => {
    if (isKnown) return undefined
    isKnown = agreement() !== "unknown"
    return isKnown || route === undefined || !templates.has(route.template) ? undefined : refuse(Unavailable)
  }
}
