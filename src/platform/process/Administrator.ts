/** The name of the user who runs this process, from the operating system. */
import { Effect } from "effect"
import { userInfo } from "node:os"

/**
 * The name comes from the system, not from a variable such as `USER`, which anybody can set. A container's user may
 * have only a number.
 */
export const administrator = Effect.sync(() => userInfo().username).pipe(
  Effect.catchDefect(() => Effect.sync(() => `uid ${process.getuid?.()}`))
)
