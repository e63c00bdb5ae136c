/**
 * Keeps our compiled modules for the next run. Stripping types and compiling is more than a third of a command's time.
 *
 * Node executes what it finds in the cache, so anybody who can write there controls the process. The cache is therefore
 * in a directory that only the current user can enter, below directories that only the user and root can change. No
 * other directory is used. Without a cache everything still works, only slower.
 *
 * This file imports nothing but Node, because modules loaded before the cache is on can't profit from it. It is
 * JavaScript for the same reason.
 */
import { mkdirSync, realpathSync, statSync } from "node:fs"
import { enableCompileCache, getCompileCacheDir } from "node:module"
import { userInfo } from "node:os"
import { dirname, join } from "node:path"

/**
 * Turns the cache on for all modules loaded from now on. The directory is the user's own by default.
 * `NODE_COMPILE_CACHE` and `NODE_DISABLE_COMPILE_CACHE` take precedence.
 *
 * @param {string} [chosen]
 */
export const useCompileCache = (chosen) => {
  const uid = process.getuid?.()
  // Without user ids, as on Windows, nobody can check who may write.
  if (uid === undefined || getCompileCacheDir() !== undefined) return
  try {
    const directory = chosen ?? ownDirectory(uid)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // Resolve links first, so that changing one after this check has no effect.
    const real = realpathSync(directory)
    if (isPrivate(real, uid)) enableCompileCache(real)
  } catch {
    // The file system is read-only, or there is no home: go on without a cache.
  }
}

/**
 * Variables that give another Node process the same cache. Node makes a directory below it for each of its versions.
 *
 * @returns {Readonly<Record<string, string>>}
 */
export const compileCacheVariables = () => {
  const directory = getCompileCacheDir()
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) }
}

/**
 * Below the home directory that the operating system knows. No variable can change it.
 *
 * @param {number} uid
 */
const ownDirectory = (uid) =>
  uid === 0 ? "/var/cache/identity/compiled" : join(userInfo().homedir, ".cache/identity/compiled")

/**
 * Whether only root and its owner, who must be `uid`, can change a directory's content or replace the directory.
 *
 * @param {string} directory
 * @param {number} uid
 */
export const isPrivate = (directory, uid) => {
  const own = statSync(directory)
  return own.uid === uid && (own.mode & 0o077) === 0 && above(directory).every((ancestor) => {
    const { mode, uid: owner } = statSync(ancestor)
    const isSticky = (mode & 0o1000) !== 0
    return (owner === 0 || owner === uid) && ((mode & 0o022) === 0 || isSticky)
  })
}

/** @type {(directory: string) => ReadonlyArray<string>} */
const above = (directory) => dirname(directory) === directory ? [] : [dirname(directory), ...above(dirname(directory))]
