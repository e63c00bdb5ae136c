/** One HTTP/2 connection: what of it is under way, and when it is over. */
import type { Http2ServerResponse, ServerHttp2Session } from "node:http2"
import { Stall } from "./Stall.ts"

/** For so many rounds of dismissals no new request may have come before the client is told to send no more. */
const QUIET_ROUNDS = 10

/** A client that asks without a pause is told so, after so many, while it waits for an answer. */
const BUSY_ROUNDS = 20

export class Http2Connection {
  readonly session: ServerHttp2Session
  readonly #stall = new Stall()
  readonly #open = new Set<Http2ServerResponse>()
  #rounds = 0
  #quietRounds = 0
  #lastStream = 0

  constructor(session: ServerHttp2Session) {
    this.session = session
  }

  begin(response: Http2ServerResponse): void {
    this.#open.add(response)
    if (this.#rounds >= BUSY_ROUNDS) setImmediate(() => this.session.close())
    response.once("close", () => this.#open.delete(response))
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
    const { lastProcStreamID = 0, remoteWindowSize = 0 } = this.session.state
    if (!this.#isUnread()) this.#stall.clear()
    // Whatever goes out to the client takes of its window.
    else if (this.#stall.isOver(lastProcStreamID + this.#open.size, remoteWindowSize)) this.session.destroy()
  }

  /** Whether something was answered that has not gone out. */
  #isUnread(): boolean {
    for (const response of this.#open) if (response.writableEnded) return true
    return false
  }
}
