/**
 * One HTTP/1.1 connection: what of it is under way, and when it is over.
 *
 * A client may send requests without waiting for answers. So that one connection can't keep the server busy, only a few
 * of them are under way at once; the others wait, and nothing more is read until they have had their turn.
 *
 * A connection is not closed in one step: bytes of the client that nobody reads have it reset, and a reset takes
 * answers from the client that it has not read yet (RFC 9112, section 9.6). The server says that it is done, and reads
 * on without looking until the client is done too. How long that may take is up to `Connections`.
 */
import { Predicate } from "effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { Stall } from "./Stall.ts"

/** Requests under way on one connection. */
export const PIPELINED_MAX = 16

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Requests that the next one on their connection has caught up with. */
const followed = new WeakSet<object>()

/** Requests whose answers say that they are the last ones on their connections. */
const last = new WeakSet<object>()

/** Whether the answer to this request may be the last one; then no other is begun behind it. `request` is Node's. */
export const endWith = (request: object): boolean => {
  if (followed.has(request)) return false
  last.add(request)
  return true
}

const discarded = new WeakSet<Socket>()

/** Whether what comes over this connection is no longer looked at. */
export const isDiscarded = (socket: Socket): boolean => discarded.has(socket)

/** From now on reads what comes and looks at none of it. */
export const discardInput = (socket: Socket): void => {
  if (isDiscarded(socket)) return
  discarded.add(socket)
  socket.removeAllListeners("data")
  // Node's parser takes bytes past the stream until somebody listens to it.
  socket.on("data", () => undefined)
  socket.resume()
}

export class Http1Connection {
  readonly socket: Socket
  /** The round of dismissals before which the connection was there. */
  readonly since: number
  readonly #handler: Handler
  readonly #stall = new Stall()
  /** Without an answer that is out, oldest first. Answers go out in order. */
  readonly #open: Array<ServerResponse> = []
  #waiting = 0
  /** Whether Node would read on. */
  #isWanted = true

  constructor(socket: Socket, since: number, handler: Handler) {
    this.socket = socket
    this.since = since
    this.#handler = handler
    // Node calls this when an answer is out that was the last one.
    socket.destroySoon = () => {
      discardInput(socket)
      socket.end()
    }
    socket.once("finish", () => discardInput(socket))
  }

  /** The answers to the newest request and to the one before it. One that is out may be there or not. */
  get newest(): readonly [answer?: ServerResponse | undefined, before?: ServerResponse | undefined] {
    return [this.#open.at(-1), this.#open.at(-2)]
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    this.#prune()
    const open = this.#open
    const previous = open.at(-1)
    if (previous !== undefined) {
      if (last.has(previous.req)) return
      followed.add(previous.req)
    }
    open.push(response)
    const before = open[open.length - 1 - PIPELINED_MAX]
    if (before === undefined) return this.#handler(request, response)
    this.#hold()
    before.once("close", () => {
      this.#prune()
      this.#release()
      if (this.socket.writable) this.#handler(request, response)
    })
  }

  /** Ends an idle connection at once, and one in use when it has answered what it has been asked so far. */
  dismiss(): void {
    const { socket } = this
    if (!socket.writable) return
    const newest = this.#open.at(-1)
    if (newest?.closed !== false) return socket.destroySoon()
    // A client that never waits for answers would never be told that there are no more.
    if (newest.req.complete && !newest.headersSent) discardInput(socket)
    if (newest.listenerCount("close", this.#onLast) === 0) newest.once("close", this.#onLast)
  }

  /** Cuts a client that doesn't read. To be called at regular intervals. */
  sweep(): void {
    const { socket } = this
    const unsent = socket.writableLength
    if (unsent === 0) this.#stall.clear()
    else if (this.#stall.isOver(socket.bytesWritten - unsent, queuedIn(socket))) socket.destroy()
  }

  readonly #onLast = (): void => this.dismiss()

  #prune(): void {
    while (this.#open[0]?.closed === true) this.#open.shift()
  }

  /**
   * Stops reading. Node itself pauses a socket while too much waits to be sent on it and resumes it when an answer is
   * out, which would bring more requests; what it wanted last is done when the waiting is over.
   */
  #hold(): void {
    const { socket } = this
    this.#waiting += 1
    if (this.#waiting > 1) return
    this.#isWanted = !socket.isPaused()
    socket.pause()
    socket.pause = () => {
      this.#isWanted = false
      return socket
    }
    socket.resume = () => {
      this.#isWanted = true
      return socket
    }
  }

  #release(): void {
    this.#waiting -= 1
    if (this.#waiting > 0) return
    Reflect.deleteProperty(this.socket, "pause")
    Reflect.deleteProperty(this.socket, "resume")
    if (this.#isWanted) this.socket.resume()
  }
}

/** How much of the write under way the kernel has not taken yet, if Node knows. */
const queuedIn = (socket: object): number =>
  Predicate.hasProperty(socket, "_handle") && Predicate.hasProperty(socket._handle, "writeQueueSize") &&
    Predicate.isNumber(socket._handle.writeQueueSize)
    ? socket._handle.writeQueueSize
    : 0
