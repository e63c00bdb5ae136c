/**
 * One HTTP/1.1 connection: its active requests and how it ends.
 *
 * A client may send requests without waiting for answers (pipelining). Only a few of them are active at once, so that
 * one connection can't keep the server busy. The others wait, and nothing more is read until they have had their turn.
 *
 * A connection is closed in two steps, because unread bytes from the client would cause a reset, and a reset can
 * destroy answers before the client has read them (RFC 9112, section 9.6). The server ends its side, then reads and
 * discards until the client ends the other. `Connections` limits how long that may take.
 */
import { Predicate } from "effect"
import type { ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { NodeHandler, NodeRequest } from "./NodeHandler.ts"
import { Stall } from "./Stall.ts"

/** The most active requests on one connection. */
export const PIPELINED_MAX = 16

/** Requests that have a newer one behind them on their connection. */
const followed = new WeakSet<object>()

/** Requests whose answers announce the end of their connections. */
const last = new WeakSet<object>()

/**
 * Whether the answer to this request may be the connection's last. If so, no request behind it is begun. `request` is
 * Node's.
 */
export const endWith = (request: object): boolean => {
  if (followed.has(request)) return false
  last.add(request)
  return true
}

const discarded = new WeakSet<Socket>()

/** Whether this connection's input is discarded. */
export const isDiscarded = (socket: Socket): boolean => discarded.has(socket)

/** From now on reads and discards the connection's input. */
export const discardInput = (socket: Socket): void => {
  if (isDiscarded(socket)) return
  discarded.add(socket)
  socket.removeAllListeners("data")
  // Node's parser reads from the handle directly until the stream has a listener.
  socket.on("data", () => undefined)
  socket.resume()
}

/**
 * Puts bytes back that came while Node had paused its parser, and returns whether there were any. TLS hands on all of a
 * packet, also what nobody wants to read yet, and Node takes that for an error. From now on the parser reads from the
 * stream, where bytes can wait.
 */
export const putBack = (error: Error, socket: Duplex): boolean => {
  const isPaused = Predicate.hasProperty(error, "code") && error.code === "HPE_PAUSED"
  if (!isPaused || !Predicate.hasProperty(error, "rawPacket") || !(error.rawPacket instanceof Uint8Array)) return false
  socket.on("data", () => undefined)
  socket.unshift(error.rawPacket)
  return true
}

export class Http1Connection {
  readonly socket: Socket
  /** The first dismissal round after the connection was opened. */
  readonly since: number
  readonly #handler: NodeHandler
  readonly #stall = new Stall()
  /** Requests whose answers haven't been sent completely, oldest first. Answers are sent in order. */
  readonly #open: Array<ServerResponse> = []
  #waiting = 0
  /** Whether Node wants to read. */
  #isWanted = true

  constructor(socket: Socket, since: number, handler: NodeHandler) {
    this.socket = socket
    this.since = since
    this.#handler = handler
    // Node calls this after it has sent the last answer.
    socket.destroySoon = () => {
      discardInput(socket)
      socket.end()
    }
    socket.once("finish", () => discardInput(socket))
  }

  /** The answers to the newest request and to the one before it. Either may already have been sent. */
  get newest(): readonly [answer?: ServerResponse | undefined, before?: ServerResponse | undefined] {
    return [this.#open.at(-1), this.#open.at(-2)]
  }

  begin(request: NodeRequest, response: ServerResponse): void {
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

  /** Ends an idle connection at once, and an active one after the answers to its requests so far. */
  dismiss(): void {
    const { socket } = this
    if (!socket.writable) return
    const newest = this.#open.at(-1)
    if (newest?.closed !== false) return socket.destroySoon()
    // Otherwise a client that never waits for answers would never learn that the connection ends.
    if (newest.req.complete && !newest.headersSent) discardInput(socket)
    if (newest.listenerCount("close", this.#onLast) === 0) newest.once("close", this.#onLast)
  }

  /** Cuts a client that doesn't read. Call it at regular intervals. */
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
   * Stops reading. Node itself pauses a socket while too much output is waiting, and resumes it after an answer, which
   * would let more requests in. So Node's calls are only remembered, and the last one takes effect when the pause ends.
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

/** How many bytes of the current write the kernel hasn't taken yet, if Node knows. */
const queuedIn = (socket: object): number =>
  Predicate.hasProperty(socket, "_handle") && Predicate.hasProperty(socket._handle, "writeQueueSize") &&
    Predicate.isNumber(socket._handle.writeQueueSize)
    ? socket._handle.writeQueueSize
    : 0
