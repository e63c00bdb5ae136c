/** One HTTP/2 connection: its active requests and how it ends. */
import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2"
import { Stall, SWEEPS } from "./Stall.ts"

/** After this many dismissal rounds without a new request, the client is asked to send no more. */
const QUIET_ROUNDS = 10

/** The most sweeps that an answer may wait to be sent, whatever else the client reads on that connection. */
const UNSENT_SWEEPS_MAX = 10 * SWEEPS

/** After this many rounds, a client that never pauses is asked while it waits for an answer. */
const BUSY_ROUNDS = 20

/** A stream whose answer hasn't been sent completely. */
interface OpenStream {
  readonly stream: ServerHttp2Stream
  /** The number of sweeps since the answer was ready. */
  sweeps: number
}

export class Http2Connection {
  readonly session: ServerHttp2Session
  readonly remoteAddress: string | undefined
  readonly #stall = new Stall()
  /** An array and not a map, for the reason in `RequestFibers.ts`. */
  readonly #open: Array<OpenStream | undefined> = []
  readonly #free: Array<number> = []
  #answered = 0
  #rounds = 0
  #quietRounds = 0
  #lastStream = 0
  readonly #headerSweeps: number
  /**
   * The last stream with complete headers, a stream whose headers are still arriving, and for how many sweeps they have
   * been.
   */
  #begun = 0
  #beginning = 0
  #sweeps = 0

  /** `headerSweeps` is for how many sweeps the same headers may still be arriving. */
  constructor(session: ServerHttp2Session, headerSweeps: number) {
    this.session = session
    this.remoteAddress = session.socket.remoteAddress
    this.#headerSweeps = headerSweeps
    session.on("stream", ({ id = 0 }) => {
      this.#begun = Math.max(this.#begun, id)
    })
  }

  begin(stream: ServerHttp2Stream): void {
    const place = this.#free.pop() ?? this.#open.length
    this.#open[place] = { stream, sweeps: 0 }
    if (this.#rounds >= BUSY_ROUNDS) this.session.close()
    stream.once("close", () => {
      this.#open[place] = undefined
      this.#free.push(place)
      if (stream.writableFinished) this.#answered += 1
    })
  }

  /**
   * Asks the client to send no more requests, when probably none is on its way. Node can send GOAWAY only with the
   * number of the last stream, and requests behind it are refused. Clients may repeat those, but not all do.
   */
  dismiss(): void {
    const lastStream = this.session.state.lastProcStreamID ?? 0
    this.#rounds += 1
    this.#quietRounds = lastStream === this.#lastStream ? this.#quietRounds + 1 : 0
    this.#lastStream = lastStream
    if (this.#quietRounds >= QUIET_ROUNDS) this.session.close()
  }

  /** Cuts a client that doesn't read, or whose headers don't end. Call it at regular intervals. */
  sweep(): void {
    if (this.#areHeadersLate()) return this.session.destroy()
    const sweeps = this.#countUnsent()
    if (sweeps === 0) return this.#stall.clear()
    // Sent data shrinks the client's window. The client's window updates alone don't count as reading.
    const { remoteWindowSize = 0 } = this.session.state
    if (sweeps > UNSENT_SWEEPS_MAX || this.#stall.isOver(this.#answered, remoteWindowSize)) this.session.destroy()
  }

  /**
   * Whether headers take too long. Node reports a stream only when they are complete, but its state counts the stream
   * earlier.
   */
  #areHeadersLate(): boolean {
    const { lastProcStreamID = 0 } = this.session.state
    const isUnderWay = lastProcStreamID > this.#begun
    this.#sweeps = isUnderWay && lastProcStreamID === this.#beginning ? this.#sweeps + 1 : 0
    this.#beginning = lastProcStreamID
    return this.#sweeps >= this.#headerSweeps
  }

  /** Counts a sweep for each answer that hasn't been sent, and returns the count of the oldest. */
  #countUnsent(): number {
    let most = 0
    for (const open of this.#open) {
      if (open?.stream.writableEnded !== true) continue
      open.sweeps += 1
      most = Math.max(most, open.sweeps)
    }
    return most
  }
}
