/**
 * Keeps what Node makes of our modules for the next run: stripping types and compiling is more than a third of what a
 * command takes.
 *
 * Node executes what it finds in the cache, so who can write there decides what we do. It is in a directory of the user
 * who runs us that nobody else can enter, below directories that nobody else but root can change; anything else, also
 * one that somebody put there before us, is left alone. Then there is no cache and everything works as before, only
 * slower.
 *
 * Plain Node on purpose: whatever is loaded before the cache is in use can't profit from it.
 */
import { mkdirSync, realpathSync, statSync } from "node:fs"
import { enableCompileCache, getCompileCacheDir } from "node:module"
import { userInfo } from "node:os"
import { dirname, join } from "node:path"

/**
 * Uses the cache in a directory, the user's own unless said, for whatever is loaded from now on. Operators who chose
 * one of theirs (`NODE_COMPILE_CACHE`) or none (`NODE_DISABLE_COMPILE_CACHE`) have it their way.
 */
export const useCompileCache = (chosen?: string): void => {
  const uid = process.getuid?.()
  // Without user ids, as on Windows, there is no telling who may write.
  if (uid === undefined || getCompileCacheDir() !== undefined) return
  try {
    const directory = chosen ?? ownDirectory(uid)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // The path without links: a link that is changed after this look does not lead anywhere else.
    const real = realpathSync(directory)
    if (isPrivate(real, uid)) enableCompileCache(real)
  } catch {
    // A read-only file system, or no home at all: nothing to keep anything in.
  }
}

/** What has another Node keep it in the same place, below which it has a directory for each of its versions. */
export const compileCacheVariables = (): Readonly<Record<string, string>> => {
  const directory = getCompileCacheDir()
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) }
}

/** In the home that the operating system knows, which nobody can set by a variable. */
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
