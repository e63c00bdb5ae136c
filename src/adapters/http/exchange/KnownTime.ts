/**
 * Refuses what the API is asked while nobody knows what time it is: the store's clock, by which everything is decided,
 * has not been read since the server started. By the machine's own a session could live that is over.
 */
import type { SharedClock } from "../../../domain/clock/SharedClock.ts"
import { Unavailable } from "../api/Problems.ts"
import { refuse } from "./Refusals.ts"
import type { Gate } from "./RequestContext.ts"

/** For the addresses with these templates; pages that only explain don't depend on the time. */
export const knownTime = ({ agreement }: SharedClock["Service"], templates: ReadonlySet<string>): Gate => {
  let isKnown = false
  return ({ route }) => {
    if (isKnown) return undefined
    isKnown = agreement() !== "unknown"
    return isKnown || route === undefined || !templates.has(route.template) ? undefined : refuse(Unavailable)
  }
}
