/**
 * How many threads this process has for work that would block it: hashing passwords, but also resolving names, reading
 * files and compressing answers. libuv reads `UV_THREADPOOL_SIZE` when the first such work comes, starts so many, and
 * never more. If hashes could take all of them, whatever else needs one would wait until a hash is done.
 */
import { Config, Effect, Option } from "effect"
import { availableParallelism } from "node:os"

/** libuv's own number, and the most it starts. */
const THREADS_MIN = 4
const THREADS_MAX = 1024

/** What is left to everything else when as many hashes run as may. */
const SPARE = 2

/** The most hashes that leave something to everything else. */
export const HASHES_MAX = THREADS_MAX - SPARE

/** Of as many hashes at once as leave a core to everything else, the share of one of so many processes. */
export const hashesByDefault = (processes: number): number =>
  Math.max(1, Math.floor((availableParallelism() - 1) / processes))

/** `UV_THREADPOOL_SIZE` for a process that runs so many hashes at once. A larger one that was given is left. */
export const threadsFor = Effect.fnUntraced(function*(hashes: number) {
  const given = Number(yield* variable("UV_THREADPOOL_SIZE"))
  return Math.max(THREADS_MIN, hashes + SPARE, given > 0 ? given : 0)
})

const variable = (name: string) => Effect.orDie(Effect.map(Config.option(Config.String(name)), Option.getOrUndefined))

/**
 * Sets the size as far as it is known before any file is read: from the environment, or by default. Nearly always that
 * is what the configuration turns out to say. Answers the size.
 */
export const presume = Effect.gen(function*() {
  const written = Number(yield* variable("IDENTITY_HASH_CONCURRENCY"))
  const hashes = written > 0 && written <= HASHES_MAX ? written : hashesByDefault(1)
  return setSize(yield* threadsFor(hashes))
})

/**
 * Makes sure of the size when the configuration is known. Reading it has started the threads, so if they are too few
 * the process begins anew, as itself: same arguments, same id. Answers what to tell the operator where that can't be
 * done.
 */
export const ensure = Effect.fnUntraced(function*(
  presumed: number,
  hashes: number
): Effect.fn.Return<ReadonlyArray<string>> {
  const needed = yield* threadsFor(hashes)
  if (presumed >= needed) return []
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
  // libuv knows no other way to be told than the environment of its process.
  // @effect-diagnostics-next-line processEnv:off
  process.env["UV_THREADPOOL_SIZE"] = String(threads)
  return threads
}
