/** What is connected to a listener, and what of it is in use. */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Http2ServerRequest, Http2ServerResponse, Http2Session, ServerHttp2Session } from "node:http2"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { ConnectionLimit } from "./ConnectionLimit.ts"
import { Http1Connection } from "./Http1Connection.ts"
import { Http2Connection } from "./Http2Connection.ts"
import type { NodeHandler } from "./NodeHandler.ts"

/** How many rounds of dismissals a connection without a request is kept, because one may be on its way. */
const IDLE_ROUNDS = 10

/**
 * How many looks leave a connection on which the server is done to its client. The next one closes it.
 */
const LINGERING_LOOKS = 1

export class Connections {
  readonly #handler: NodeHandler
  readonly #limit: ConnectionLimit
  readonly #headerLooks: number
  /** All there are, as they come, whatever is spoken over them. */
  readonly #sockets = new Map<Socket, number>()
  readonly #http1 = new Map<Duplex, Http1Connection>()
  readonly #http2 = new Map<Http2Session, Http2Connection>()
  /** Where the server is done and waits for the client, and how many looks have found them so. */
  readonly #lingering = new Map<Socket, number>()
  #accepted = 0
  #round = 0

  /** Headers of HTTP/2 may be under way for `headerLooks` sweeps. */
  constructor(handler: NodeHandler, limit: ConnectionLimit, headerLooks: number) {
    this.#headerLooks = headerLooks
    this.#handler = handler
    this.#limit = limit
  }

  /** How many there ever were. */
  get accepted(): number {
    return this.#accepted
  }

  /** Takes note of a connection before anything is read from it. */
  accept(socket: Socket): void {
    this.#accepted += 1
    if (!this.#limit.admits(socket)) {
      socket.destroy()
      return
    }
    this.#sockets.set(socket, this.#round)
    socket.once("close", () => this.#sockets.delete(socket))
  }

  /** Takes note of a connection over which requests can come, of either protocol. */
  add(socket: Socket): void {
    socket.once("finish", () => this.#lingering.set(socket, 0)).once("close", () => this.#lingering.delete(socket))
  }

  addHttp1(socket: Socket): void {
    this.add(socket)
    this.#http1.set(socket, new Http1Connection(socket, this.#round, this.#handler))
    socket.once("close", () => this.#http1.delete(socket))
  }

  addHttp2(session: ServerHttp2Session): void {
    this.#http2.set(session, new Http2Connection(session, this.#headerLooks))
    session.once("close", () => this.#http2.delete(session))
  }

  /** The connection over a socket, if it speaks HTTP/1.1. */
  http1(socket: Duplex): Http1Connection | undefined {
    return this.#http1.get(socket)
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#http1.get(request.socket)
    if (connection === undefined) this.#handler(request, response)
    else connection.begin(request, response)
  }

  beginStream(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const { session } = request.stream
    if (session !== undefined) this.#http2.get(session)?.begin(response)
    this.#handler(request, response)
  }

  /**
   * One round of the end: closes every connection that nobody seems to need, and lets those in use end with what they
   * do.
   */
  dismiss(): void {
    this.#round += 1
    const isOld = (since: number) => this.#round - since >= IDLE_ROUNDS
    for (const connection of this.#http1.values()) if (isOld(connection.since)) connection.dismiss()
    for (const connection of this.#http2.values()) connection.dismiss()
    for (const [socket, since] of this.#sockets) if (socket.bytesRead === 0 && isOld(since)) socket.destroy()
  }

  /** Cuts clients that read nothing, and those that are not done although the server has been for a while. */
  sweep(): void {
    for (const [socket, looks] of this.#lingering) {
      if (looks >= LINGERING_LOOKS) socket.destroy()
      else this.#lingering.set(socket, looks + 1)
    }
    for (const connection of this.#http1.values()) connection.sweep()
    for (const connection of this.#http2.values()) connection.sweep()
  }

  cut(): void {
    for (const session of this.#http2.keys()) session.destroy()
    for (const socket of [...this.#http1.keys(), ...this.#sockets.keys()]) socket.destroy()
  }
}
