/** The name of the user who runs this process, from the operating system. */
import { Effect } from "effect"
import { userInfo } from "node:os"

/** Not read from a variable such as `USER`, which anybody can set. In a container, a user may have only a number. */
export const administrator = Effect.sync(() => userInfo().username).pipe(
  Effect.catchDefect(() => Effect.sync(() => `uid ${process.getuid?.()}`))
)
