/**
 * One HTTP/1.1 connection: what of it is under way, and when it is over.
 *
 * A client may send requests without waiting for answers. So that one connection can't keep the server busy, only a few
 * of them are under way at once; the others wait, and nothing more is read until they have had their turn.
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

/** Whether another request was sent behind this one before it was answered. `request` is Node's. */
export const isFollowed = (request: object): boolean => followed.has(request)

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
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    this.#prune()
    const open = this.#open
    const previous = open.at(-1)
    if (previous !== undefined) followed.add(previous.req)
    open.push(response)
    const before = open[open.length - 1 - PIPELINED_MAX]
    if (before === undefined) return this.#handler(request, response)
    this.#hold()
    before.once("close", () => {
      this.#prune()
      this.#release()
      if (!this.socket.destroyed) this.#handler(request, response)
    })
  }

  /** Ends an idle connection at once, and one in use when it has answered. */
  dismiss(): void {
    const last = this.#open.at(-1)
    if (last?.closed !== false) this.socket.destroySoon()
    else if (last.listenerCount("close", this.#onLast) === 0) last.once("close", this.#onLast)
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

/** How much of the write under way the kernel has not taken yet, where Node tells. */
const queuedIn = (socket: object): number =>
  Predicate.hasProperty(socket, "_handle") && Predicate.hasProperty(socket._handle, "writeQueueSize") &&
    Predicate.isNumber(socket._handle.writeQueueSize)
    ? socket._handle.writeQueueSize
    : 0
