/** One HTTP/2 connection: what of it is under way, and when it is over. */
import type { Http2ServerResponse, ServerHttp2Session } from "node:http2"
import { LOOKS, Stall } from "./Stall.ts"

/** The client is asked for no more requests after this many rounds of dismissals without a new one. */
const QUIET_ROUNDS = 10

/** The most looks at a connection that an answer may wait for, whatever else of that connection the client reads. */
const LOOKS_MAX = 10 * LOOKS

/** After this many rounds, a client that never pauses is asked while it waits for an answer. */
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
  readonly #headerLooks: number
  /**
   * The last stream whose headers are there, one whose headers are under way, and how many looks have found them so.
   */
  #begun = 0
  #beginning = 0
  #looks = 0

  /** `headerLooks` is how many looks may find the same headers still under way. */
  constructor(session: ServerHttp2Session, headerLooks: number) {
    this.session = session
    this.#headerLooks = headerLooks
    session.on("stream", ({ id = 0 }) => {
      this.#begun = Math.max(this.#begun, id)
    })
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

  /** Cuts a client that doesn't read, or whose headers don't end. To be called at regular intervals. */
  sweep(): void {
    if (this.#areHeadersLate()) return this.session.destroy()
    const looks = this.#looksAtUnread()
    if (looks === 0) return this.#stall.clear()
    // Whatever goes out to the client takes of its window. What it asks for goes for nothing.
    const { remoteWindowSize = 0 } = this.session.state
    if (looks > LOOKS_MAX || this.#stall.isOver(this.#answered, remoteWindowSize)) this.session.destroy()
  }

  /** Whether headers take too long. Node reports a stream once they are complete; its state counts it before. */
  #areHeadersLate(): boolean {
    const { lastProcStreamID = 0 } = this.session.state
    const isUnderWay = lastProcStreamID > this.#begun
    this.#looks = isUnderWay && lastProcStreamID === this.#beginning ? this.#looks + 1 : 0
    this.#beginning = lastProcStreamID
    return this.#looks >= this.#headerLooks
  }

  /** Counts this look at answers that have not gone out, and returns how many looks the oldest of them has seen. */
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
