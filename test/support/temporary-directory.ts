/** Directories for files that tests write. */
import { Effect } from "effect"
import { statfsSync } from "node:fs"
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

const TMPFS = 0x01021994
const GIBIBYTE = 2 ** 30

/** Whether a directory is in memory and has room for the databases of a test run. */
const isRoomyMemory = (directory: string): boolean => {
  try {
    const { bavail, bsize, type } = statfsSync(directory)
    return type === TMPFS && bavail * bsize > 4 * GIBIBYTE
  } catch {
    return false
  }
}

/** Where databases are kept: in memory if possible, so that tests needn't wait for a disk that others use too. */
export const databaseParent = isRoomyMemory("/dev/shm") ? "/dev/shm" : tmpdir()
