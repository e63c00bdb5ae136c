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

export interface HashSlots {
  /** How many hashes may run at once at any time. */
  readonly concurrency: number
  /** How many more may run while nothing else needs the core. */
  readonly borrowed: number
}

/**
 * Each process's share of the hash slots. If no number is given, they are one fewer than there are cores. The last core
 * is kept for everything else, and borrowed while there is nothing else.
 */
export const hashSlots = (given: number | undefined, processes: number): HashSlots => {
  if (given !== undefined) return { concurrency: given, borrowed: 0 }
  const cores = availableParallelism()
  const concurrency = Math.max(1, Math.floor((cores - 1) / processes))
  return { concurrency, borrowed: Math.max(0, Math.floor(cores / processes) - concurrency) }
}

/** `UV_THREADPOOL_SIZE` for a process with these slots. A larger size that was given is kept. */
export const threadsFor = Effect.fnUntraced(function*({ borrowed, concurrency }: HashSlots) {
  const given = Number(yield* variable("UV_THREADPOOL_SIZE"))
  return Math.max(THREADS_MIN, concurrency + borrowed + SPARE, given > 0 ? given : 0)
})

const variable = (name: string) => Effect.orDie(Effect.map(Config.option(Config.String(name)), Option.getOrUndefined))

/**
 * Sets the size before any file is read, from the environment or the default. The configuration nearly always agrees
 * later. Returns the size.
 */
export const presetSize = Effect.gen(function*() {
  const written = Number(yield* variable("IDENTITY_HASH_CONCURRENCY"))
  return setSize(yield* threadsFor(hashSlots(written > 0 && written <= HASHES_MAX ? written : undefined, 1)))
})

/**
 * Corrects the size once the configuration is known. Reading it has started the threads, so when there are too few, the
 * process replaces itself with the same arguments and process id. Returns a warning for the operator where the system
 * can't do that.
 */
export const ensureSize = Effect.fnUntraced(function*(
  preset: number,
  slots: HashSlots
): Effect.fn.Return<ReadonlyArray<string>> {
  const needed = yield* threadsFor(slots)
  if (preset >= needed) return []
  setSize(needed)
  yield* Effect.ignore(
    Effect.try(() =>
      process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)])
    )
  )
  return [
    `With IDENTITY_HASH_CONCURRENCY at ${slots.concurrency}, files and names may have to wait for password hashes. ` +
    `Set UV_THREADPOOL_SIZE to ${needed} before the start.`
  ]
})

const setSize = (threads: number): number => {
  // libuv reads its size only from the environment of its process.
  // @effect-diagnostics-next-line processEnv:off
  process.env["UV_THREADPOOL_SIZE"] = String(threads)
  return threads
}
