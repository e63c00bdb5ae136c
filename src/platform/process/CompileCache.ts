/**
 * Keeps our compiled modules for the next run. Stripping types and compiling is more than a third of a command's time.
 *
 * Node executes what it finds in the cache, so write access there is control over the process. The cache is in a
 * directory of the current user that nobody else can enter, and no directory above it can be changed by anybody else
 * but root. Any other directory is not used, even if it existed before. Then there is no cache, and everything works
 * as before, only slower.
 *
 * This is plain Node on purpose: modules that are loaded before the cache is in use can't profit from it.
 */
import { mkdirSync, realpathSync, statSync } from "node:fs"
import { enableCompileCache, getCompileCacheDir } from "node:module"
import { userInfo } from "node:os"
import { dirname, join } from "node:path"

/**
 * Uses the cache in a directory for all modules that are loaded from now on. By default it is the user's own.
 * `NODE_COMPILE_CACHE` and `NODE_DISABLE_COMPILE_CACHE` go before it.
 */
export const useCompileCache = (chosen?: string): void => {
  const uid = process.getuid?.()
  // Without user ids, as on Windows, nothing says who may write.
  if (uid === undefined || getCompileCacheDir() !== undefined) return
  try {
    const directory = chosen ?? ownDirectory(uid)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // Resolve links first, so that one that is changed after this check can't lead anywhere else.
    const real = realpathSync(directory)
    if (isPrivate(real, uid)) enableCompileCache(real)
  } catch {
    // A read-only file system, or no home at all: nothing to keep anything in.
  }
}

/**
 * Variables that give another Node process the same cache. Node makes a directory below it for each of its versions.
 */
export const compileCacheVariables = (): Readonly<Record<string, string>> => {
  const directory = getCompileCacheDir()
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) }
}

/** Below the home that the operating system knows. No variable can change it. */
const ownDirectory = (uid: number): string =>
  uid === 0 ? "/var/cache/identity/compiled" : join(userInfo().homedir, ".cache/identity/compiled")

/**
 * Whether nobody but its owner, who must be `uid`, and root can change what is in a directory or put another in its
 * place.
 */
export const isPrivate = (directory: string, uid: number): boolean => {
  const own = statSync(directory)
  return own.uid === uid && (own.mode & 0o077) === 0 && above(directory).every((ancestor) => {
    const { mode, uid: owner } = statSync(ancestor)
    const isSticky = (mode & 0o1000) !== 0
    return (owner === 0 || owner === uid) && ((mode & 0o022) === 0 || isSticky)
  })
}

const above = (directory: string): ReadonlyArray<string> =>
  dirname(directory) === directory ? [] : [dirname(directory), ...above(dirname(directory))]
