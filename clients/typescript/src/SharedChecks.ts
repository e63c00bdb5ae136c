/**
 * Equal checks in flight are one, and none is cached.
 *
 * A request that comes while a check is on its way may come after the session's end, when the answer on its way was
 * already made. So they don't get that answer but wait for it, and then share one more check. A session is therefore
 * dead for everybody who asks after its end was answered, and the service is asked about each token once at a time.
 */
import { raced } from "./time.ts"

type Start<A> = (signal: AbortSignal) => Promise<A>

/** One check and those who wait for its answer. */
class Check<A> {
  readonly answer: Promise<A>
  readonly #controller = new AbortController()
  #isSent = false
  #waiting = 0

  constructor(after: Promise<unknown>, start: Start<A>) {
    const send = () => {
      this.#isSent = true
      if (this.#waiting === 0) throw new Error("Nobody waits any longer")
      return raced(start(this.#controller.signal), this.#controller.signal)
    }
    this.answer = after.then(send, send)
  }

  get isSent(): boolean {
    return this.#isSent
  }

  /** The answer. A caller that stops waiting doesn't end the check for the others; the last one does. */
  async wait(signal: AbortSignal): Promise<A> {
    this.#waiting += 1
    try {
      return await raced(this.answer, signal)
    } finally {
      this.#waiting -= 1
      if (this.#waiting === 0 && this.#isSent) this.#controller.abort()
    }
  }
}

export class SharedChecks<A> {
  /** The last check of each key. It is the only one that may not be sent yet. */
  readonly #last = new Map<string, Check<A>>()

  /** Shares a check that has not been sent yet with equal ones. */
  ask(key: string, signal: AbortSignal, start: Start<A>): Promise<A> {
    const last = this.#last.get(key)
    if (last !== undefined && !last.isSent) return last.wait(signal)
    const check = new Check(last?.answer ?? Promise.resolve(), start)
    this.#last.set(key, check)
    const forget = () => {
      if (this.#last.get(key) === check) this.#last.delete(key)
    }
    check.answer.then(forget, forget)
    return check.wait(signal)
  }
}
