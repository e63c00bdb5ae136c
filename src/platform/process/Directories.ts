/** Directories that are made with their parents, and what the system says when one can't be. */
import { Effect, FileSystem, Path, Predicate } from "effect"
import type { PlatformError } from "effect"

/**
 * Creates one directory at a time. Node's recursive `mkdir` never ends below /proc, where a directory exists but
 * creating something in it fails with "no such directory".
 */
export const makeDirectories = Effect.fnUntraced(function*(requested: string, mode = 0o777) {
  const fs = yield* FileSystem.FileSystem
  const { missing } = yield* missingFrom(requested)
  for (const directory of missing) {
    yield* fs.makeDirectory(directory, { mode }).pipe(
      // Another starter was faster.
      Effect.catchReason("PlatformError", "AlreadyExists", () => Effect.void)
    )
  }
})

/** The directories that don't exist yet, outermost first, and the existing one above them. */
export const missingFrom = Effect.fnUntraced(function*(requested: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const missing: Array<string> = []
  let nearest = requested
  for (; !(yield* fs.exists(nearest)); nearest = path.dirname(nearest)) missing.unshift(nearest)
  return { missing, nearest }
})

/** The system's error code, such as EACCES. */
export const systemCode = ({ reason }: PlatformError.PlatformError): string =>
  Predicate.hasProperty(reason.cause, "code") ? String(reason.cause.code) : reason._tag
