/** The connections of a listener, and which of them are in use. */
import { ServerResponse } from "node:http"
import type { Http2Session, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import * as Continuations from "../exchange/Continuations.ts"
import type { ConnectionLimit } from "./ConnectionLimit.ts"
import { Http1Connection } from "./Http1Connection.ts"
import { Http2Connection } from "./Http2Connection.ts"
import type { NodeHandler, StreamHandler } from "./NodeHandler.ts"

/** How many dismissal rounds an idle connection is kept, because a request may be on its way. */
const IDLE_ROUNDS = 10

/**
 * After the server has ended a connection, its client gets this many sweeps to end it, too. The next sweep closes it.
 */
const LINGERING_SWEEPS = 1

export class Connections {
  readonly #handler: NodeHandler
  readonly #handleStream: StreamHandler
  readonly #limit: ConnectionLimit
  readonly #headerSweeps: number
  /** All open sockets, whatever their protocol. */
  readonly #sockets = new Map<Socket, number>()
  readonly #http1 = new Map<Duplex, Http1Connection>()
  readonly #http2 = new Map<Http2Session, Http2Connection>()
  /** Connections that the server has ended and the client hasn't, with the number of sweeps since. */
  readonly #lingering = new Map<Socket, number>()
  #accepted = 0
  #round = 0

  /** The headers of an HTTP/2 request may take `headerSweeps` sweeps to arrive. */
  constructor(handler: NodeHandler, handleStream: StreamHandler, limit: ConnectionLimit, headerSweeps: number) {
    this.#headerSweeps = headerSweeps
    this.#handler = handler
    this.#handleStream = handleStream
    this.#limit = limit
  }

  /** The number of connections since the start. */
  get accepted(): number {
    return this.#accepted
  }

  /** Registers a connection before anything is read from it. */
  accept(socket: Socket): void {
    this.#accepted += 1
    if (!this.#limit.admits(socket)) {
      socket.destroy()
      return
    }
    this.#sockets.set(socket, this.#round)
    socket.once("close", () => this.#sockets.delete(socket))
  }

  /** Registers a connection that is ready for requests, of either protocol. */
  add(socket: Socket): void {
    socket.once("finish", () => this.#lingering.set(socket, 0)).once("close", () => this.#lingering.delete(socket))
  }

  addHttp1(socket: Socket): void {
    this.add(socket)
    this.#http1.set(socket, new Http1Connection(socket, this.#round, this.#handler))
    socket.once("close", () => this.#http1.delete(socket))
  }

  addHttp2(session: ServerHttp2Session): void {
    this.#http2.set(session, new Http2Connection(session, this.#headerSweeps))
    session.once("close", () => this.#http2.delete(session))
  }

  /** The connection over a socket, if it speaks HTTP/1.1. */
  http1(socket: Duplex): Http1Connection | undefined {
    return this.#http1.get(socket)
  }

  /** Begins a request of either protocol. */
  readonly begin: NodeHandler = (request, response) => {
    if (!(response instanceof ServerResponse)) return this.#handler(request, response)
    const connection = this.#http1.get(request.socket)
    if (connection === undefined) this.#handler(request, response)
    else connection.begin(request, response)
  }

  /** The same for a request whose client waits for permission to send the body. */
  readonly beginWaiting: NodeHandler = (request, response) => {
    Continuations.hold(request, response)
    this.begin(request, response)
  }

  /** Returns whether the request on this stream needs no handler. */
  beginStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: ReadonlyArray<string>): boolean {
    const connection = stream.session === undefined ? undefined : this.#http2.get(stream.session)
    if (connection === undefined) return false
    connection.begin(stream)
    return this.#handleStream({ stream, headers, rawHeaders, remoteAddress: connection.remoteAddress })
  }

  /** One dismissal round: closes idle connections, and makes active ones end after their current requests. */
  dismiss(): void {
    this.#round += 1
    const isOld = (since: number) => this.#round - since >= IDLE_ROUNDS
    for (const connection of this.#http1.values()) if (isOld(connection.since)) connection.dismiss()
    for (const connection of this.#http2.values()) connection.dismiss()
    for (const [socket, since] of this.#sockets) if (socket.bytesRead === 0 && isOld(since)) socket.destroy()
  }

  /**
   * Cuts clients that read nothing, and clients that don't end a connection some time after the server has ended it.
   */
  sweep(): void {
    for (const [socket, sweeps] of this.#lingering) {
      if (sweeps >= LINGERING_SWEEPS) socket.destroy()
      else this.#lingering.set(socket, sweeps + 1)
    }
    for (const connection of this.#http1.values()) connection.sweep()
    for (const connection of this.#http2.values()) connection.sweep()
  }

  cut(): void {
    for (const session of this.#http2.keys()) session.destroy()
    for (const socket of [...this.#http1.keys(), ...this.#sockets.keys()]) socket.destroy()
  }
}
