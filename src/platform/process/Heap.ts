import { Effect } from "effect"
import { setFlagsFromString } from "node:v8"

/**
 * From now on, V8 marks what is alive when the heap has doubled, not when it has grown by the 30 % that Node is started
 * with (`--heap-growing-percent`). That suits work that makes much garbage and keeps little, and isn't worth its memory
 * in a server.
 */
export const collectRarely = Effect.sync(() => setFlagsFromString("--heap-growing-percent=100"))
