/** One HTTP/2 connection: what of it is under way, and when it is over. */
import type { Http2ServerResponse, ServerHttp2Session } from "node:http2"
import { LOOKS, Stall } from "./Stall.ts"

/** For so many rounds of dismissals no new request may have come before the client is told to send no more. */
const QUIET_ROUNDS = 10

/** The most looks at a connection that an answer may wait for, whatever else of that connection the client reads. */
const LOOKS_MAX = 10 * LOOKS

/** A client that asks without a pause is told so, after so many, while it waits for an answer. */
const BUSY_ROUNDS = 20

export class Http2Connection {
  readonly session: ServerHttp2Session
  readonly #stall = new Stall()
  /** Without an answer that is out, and how many looks have found it made. */
  readonly #open = new Map<Http2ServerResponse, number>()
  #answered = 0
  #rounds = 0
  #quietRounds = 0
  #lastStream = 0

  constructor(session: ServerHttp2Session) {
    this.session = session
  }

  begin(response: Http2ServerResponse): void {
    this.#open.set(response, 0)
    if (this.#rounds >= BUSY_ROUNDS) setImmediate(() => this.session.close())
    response.once("close", () => {
      this.#open.delete(response)
      if (response.writableFinished) this.#answered += 1
    })
  }

  /**
   * Asks the client for no more requests, in a moment when none is likely to be on its way. Node can say so only
   * together with which was the last, and those sent meanwhile are refused: clients may repeat them, but not all do.
   */
  dismiss(): void {
    const lastStream = this.session.state.lastProcStreamID ?? 0
    this.#rounds += 1
    this.#quietRounds = lastStream === this.#lastStream ? this.#quietRounds + 1 : 0
    this.#lastStream = lastStream
    if (this.#quietRounds >= QUIET_ROUNDS) this.session.close()
  }

  /** Cuts a client that doesn't read. To be called at regular intervals. */
  sweep(): void {
    const looks = this.#looksAtUnread()
    if (looks === 0) return this.#stall.clear()
    // Whatever goes out to the client takes of its window. What it asks for goes for nothing.
    const { remoteWindowSize = 0 } = this.session.state
    if (looks > LOOKS_MAX || this.#stall.isOver(this.#answered, remoteWindowSize)) this.session.destroy()
  }

  /** Counts this look at what is answered and has not gone out; tells how many there were at the oldest of it. */
  #looksAtUnread(): number {
    let most = 0
    for (const [response, looks] of this.#open) {
      if (!response.writableEnded) continue
      this.#open.set(response, looks + 1)
      most = Math.max(most, looks + 1)
    }
    return most
  }
}
