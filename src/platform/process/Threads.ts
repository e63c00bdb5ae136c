/**
 * The size of libuv's thread pool. Hashing passwords, resolving names, reading files and compressing answers share it.
 * libuv reads `UV_THREADPOOL_SIZE` at the first such work and starts that many threads, never more. If hashes could
 * take all of them, all other work would wait for a hash.
 */
import { Config, Effect, Option } from "effect"
import { availableParallelism } from "node:os"

/** The number of threads that libuv starts by default, and the most it can start. */
const THREADS_MIN = 4
const THREADS_MAX = 1024

/** Threads that are never used for hashes. */
const SPARE = 2

/** The most hashes at once. */
export const HASHES_MAX = THREADS_MAX - SPARE

/** Each process's share of the hash slots: one fewer than there are cores, divided by the number of processes. */
export const hashesByDefault = (processes: number): number =>
  Math.max(1, Math.floor((availableParallelism() - 1) / processes))

/** `UV_THREADPOOL_SIZE` for a process that runs this many hashes at once. A larger size that was given is kept. */
export const threadsFor = Effect.fnUntraced(function*(hashes: number) {
  const given = Number(yield* variable("UV_THREADPOOL_SIZE"))
  return Math.max(THREADS_MIN, hashes + SPARE, given > 0 ? given : 0)
})

const variable = (name: string) => Effect.orDie(Effect.map(Config.option(Config.String(name)), Option.getOrUndefined))

/**
 * Sets the size before any file is read, from the environment or the default. The configuration nearly always agrees
 * later. Returns the size.
 */
export const presetSize = Effect.gen(function*() {
  const written = Number(yield* variable("IDENTITY_HASH_CONCURRENCY"))
  const hashes = written > 0 && written <= HASHES_MAX ? written : hashesByDefault(1)
  return setSize(yield* threadsFor(hashes))
})

/**
 * Corrects the size once the configuration is known. Reading it has started the threads, so when there are too few, the
 * process replaces itself with the same arguments and process id. Returns a warning for the operator where the system
 * can't do that.
 */
export const ensureSize = Effect.fnUntraced(function*(
  preset: number,
  hashes: number
): Effect.fn.Return<ReadonlyArray<string>> {
  const needed = yield* threadsFor(hashes)
  if (preset >= needed) return []
  setSize(needed)
  yield* Effect.ignore(
    Effect.try(() =>
      process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)])
    )
  )
  return [
    `With IDENTITY_HASH_CONCURRENCY at ${hashes}, files and names may have to wait for password hashes. ` +
    `Set UV_THREADPOOL_SIZE to ${needed} before the start.`
  ]
})

const setSize = (threads: number): number => {
  // libuv reads its size only from the environment of its process.
  // @effect-diagnostics-next-line processEnv:off
  process.env["UV_THREADPOOL_SIZE"] = String(threads)
  return threads
}
