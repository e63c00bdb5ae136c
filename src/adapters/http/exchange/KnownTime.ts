/**
 * Refuses API requests until the store's clock has been read for the first time since the server started. That clock
 * decides everything. By the machine's own clock, an expired session could still count as live.
 */
import type { SharedClock } from "../../../domain/clock/SharedClock.ts"
import { Unavailable } from "../api/Problems.ts"
import { refuse } from "./Refusals.ts"
import type { Gate } from "./RequestContext.ts"

/** Applies to the routes with these templates. Documentation pages don't depend on the time. */
export const knownTime = ({ agreement }: SharedClock["Service"], templates: ReadonlySet<string>): Gate => {
  let isKnown = false
  return ({ route }) => {
    if (isKnown) return undefined
    isKnown = agreement() !== "unknown"
    return isKnown || route === undefined || !templates.has(route.template) ? undefined : refuse(Unavailable)
  }
}
