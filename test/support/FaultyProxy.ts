/**
 * A TCP proxy that simulates a faulty network on demand: it is slow, stalls, resets connections, or loses the data of
 * open ones.
 */
import { Effect } from "effect"
import { once } from "node:events"
import * as net from "node:net"

export type Fault =
  /** Each answer is delayed by this. */
  | { readonly kind: "slow"; readonly milliseconds: number }
  /** Nothing is passed on before this is over. */
  | { readonly kind: "stalling" }
  /** Every connection is reset, and each new one too. */
  | { readonly kind: "resetting" }
  /** Connections stay open, but their data is lost, even after the fault ends. */
  | { readonly kind: "half-open" }

export interface FaultyProxy {
  readonly port: number
  readonly begin: (fault: Fault) => Effect.Effect<void>
  readonly end: Effect.Effect<void>
}

/** Passes connections on to a port of this machine, until the scope closes. */
export const make = Effect.fnUntraced(function*(target: number) {
  const links = new Set<Link>()
  let fault: Fault | undefined
  const server = net.createServer((client) => {
    if (fault?.kind === "resetting") client.resetAndDestroy()
    else links.add(new Link(client, net.connect(target, "127.0.0.1"), () => fault))
  })
  yield* Effect.promise(() => once(server.listen(0, "127.0.0.1"), "listening"))
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      server.close()
      for (const link of links) link.reset()
    })
  )
  const address = server.address()
  const proxy: FaultyProxy = {
    port: address !== null && typeof address === "object" ? address.port : 0,
    begin: (begun) =>
      Effect.sync(() => {
        fault = begun
        for (const link of links) link.meet(begun)
      }),
    end: Effect.sync(() => {
      fault = undefined
      for (const link of links) link.release()
    })
  }
  return proxy
})

class Link {
  readonly #sides: readonly [net.Socket, net.Socket]
  readonly #fault: () => Fault | undefined
  #held: Array<() => void> = []
  #isLost = false

  constructor(client: net.Socket, server: net.Socket, fault: () => Fault | undefined) {
    this.#sides = [client, server]
    this.#fault = fault
    client.on("data", (chunk) => this.#pass(() => server.write(chunk), 0))
    server.on("data", (chunk) => this.#pass(() => client.write(chunk), 1))
    client.on("close", () => this.#pass(() => server.destroy(), 0))
    server.on("close", () => this.#pass(() => client.destroy(), 0))
    // The end of the connection shows that something went wrong.
    for (const side of this.#sides) side.on("error", () => undefined)
  }

  /** `share` is the part of a slow network's delay that this direction has. */
  #pass(event: () => void, share: number): void {
    const fault = this.#fault()
    if (fault?.kind === "half-open") this.#isLost = true
    if (this.#isLost) return
    if (fault?.kind === "stalling") this.#held.push(event)
    else if (fault?.kind === "slow" && share > 0) setTimeout(event, fault.milliseconds * share)
    else event()
  }

  meet({ kind }: Fault): void {
    if (kind === "resetting") this.reset()
    if (kind === "half-open") this.#isLost = true
  }

  release(): void {
    const held = this.#held
    this.#held = []
    for (const event of held) event()
  }

  reset(): void {
    for (const side of this.#sides) side.resetAndDestroy()
  }
}
