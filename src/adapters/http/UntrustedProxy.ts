/**
 * Notices that requests come through a proxy that nobody configured. All clients then have the proxy's address, and share
 * the budgets of one network: a few who guess lock everybody out. The log says so, once.
 *
 * Anybody can write `X-Forwarded-For`, but from an address of this machine or its own network it is a proxy that does.
 */
import { Effect, Queue } from "effect"
import type { Scope } from "effect"
import type { IncomingHttpHeaders } from "node:http"
import { BlockList, isIPv6 } from "node:net"

interface Arrival {
  readonly headers: IncomingHttpHeaders
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** Answers what looks at a request as it arrives; all it costs is a look at one header. */
export const make: Effect.Effect<(request: Arrival) => void, never, Scope.Scope> = Effect.gen(function*() {
  const noticed = yield* Queue.sliding<void>(1)
  yield* Effect.forkScoped(Effect.andThen(Queue.take(noticed), Effect.logWarning(MESSAGE)))
  let isLooking = true
  return ({ headers, socket }) => {
    if (!isLooking || headers["x-forwarded-for"] === undefined || !isNearby(socket.remoteAddress)) return
    isLooking = false
    Queue.offerUnsafe(noticed, undefined)
  }
})

const MESSAGE =
  "Requests come through a proxy that is not trusted, so all clients count as one network and share its " +
  "limits. Set IDENTITY_TRUSTED_PROXIES to the proxy's address."

/** Loopback and private addresses (RFC 1918, RFC 4193) and those of a link. */
const nearby = new BlockList()
nearby.addSubnet("127.0.0.0", 8, "ipv4")
nearby.addSubnet("10.0.0.0", 8, "ipv4")
nearby.addSubnet("172.16.0.0", 12, "ipv4")
nearby.addSubnet("192.168.0.0", 16, "ipv4")
nearby.addSubnet("169.254.0.0", 16, "ipv4")
nearby.addAddress("::1", "ipv6")
nearby.addSubnet("fc00::", 7, "ipv6")
nearby.addSubnet("fe80::", 10, "ipv6")

const isNearby = (address: string | undefined): boolean =>
  address !== undefined && nearby.check(address, isIPv6(address) ? "ipv6" : "ipv4")
