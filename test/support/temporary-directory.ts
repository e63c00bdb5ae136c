/** Directories for files that tests write. */
import { Effect } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/**
 * A directory that is removed with its scope. The removal is retried for a while, because a stopping server may still
 * write into it.
 */
export const temporaryDirectory = (prefix: string, parent = tmpdir()) =>
  Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(parent, prefix))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 }))
  )
