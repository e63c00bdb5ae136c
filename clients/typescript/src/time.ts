/** Time limits, and callers that stop waiting. */
import { Unavailable } from "./Unavailable.ts"

/** Settles as the promise does, or fails with the signal's reason as soon as it is aborted. */
export const raced = <A>(promise: Promise<A>, signal: AbortSignal): Promise<A> =>
  new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener("abort", abort)
    if (signal.aborted) abort()
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort))
  })

/** What takes part in one call has its signal, which the call's own time limit or the caller's signal aborts. */
export const limited = async <A>(
  { signal: caller, timeout }: { readonly timeout: number; readonly signal: AbortSignal | undefined },
  run: (signal: AbortSignal) => Promise<A>
): Promise<A> => {
  const controller = new AbortController()
  const abort = () => controller.abort(caller?.reason)
  caller?.addEventListener("abort", abort)
  if (caller?.aborted === true) abort()
  const timer = setTimeout(() => controller.abort(new Unavailable(`No answer within ${timeout} ms`)), timeout)
  try {
    controller.signal.throwIfAborted()
    return await run(controller.signal)
  } finally {
    clearTimeout(timer)
    caller?.removeEventListener("abort", abort)
  }
}

/** The first request and two more. */
const TRIES_MAX = 3

/**
 * Tries again as the service's `Retry-After` says, if that is before the time limit. So it fails at once when there is
 * no prospect of an answer.
 */
export const retried = <A>(timeout: number, signal: AbortSignal, run: () => Promise<A>): Promise<A> => {
  const end = performance.now() + timeout
  const attempt = async (tries: number): Promise<A> => {
    try {
      return await run()
    } catch (error) {
      const wait = error instanceof Unavailable && error.retryAfter !== undefined ? error.retryAfter * 1000 : Infinity
      if (tries === TRIES_MAX || performance.now() + wait >= end) throw error
      await pause(wait, signal)
      return attempt(tries + 1)
    }
  }
  return attempt(1)
}

const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await raced(new Promise((resolve) => timer = setTimeout(resolve, milliseconds)), signal)
  } finally {
    clearTimeout(timer)
  }
}
