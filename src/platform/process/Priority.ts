import { Effect } from "effect"
import { constants, setPriority } from "node:os"

/** From now on, this process gets the processor time that others leave. Where that isn't allowed, nothing changes. */
export const giveWay = Effect.ignore(Effect.try(() => setPriority(constants.priority.PRIORITY_BELOW_NORMAL)))
