/**
 * Notices that requests come through a proxy that nobody configured. All clients then have the proxy's address, and
 * share the budgets of one network: a few who guess lock everybody out. The log says so, once.
 *
 * Anybody can write `X-Forwarded-For` or `Forwarded`, but from an address of this machine or its own network it is a
 * proxy that does.
 */
import { Effect, Option } from "effect"
import type { Scope } from "effect"
import type { IncomingHttpHeaders } from "node:http"
import { isNearby, parseAddress } from "../../../domain/model/IpAddress.ts"
import * as Announcer from "../../../kernel/Announcer.ts"

interface Arrival {
  readonly headers: IncomingHttpHeaders
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** Answers what looks at a request as it arrives; all it costs is a look at two headers. */
export const make: Effect.Effect<(request: Arrival) => void, never, Scope.Scope> = Effect.gen(function*() {
  const announce = yield* Announcer.fromCallbacks<void>(() => Effect.logWarning(MESSAGE))
  let isLooking = true
  return ({ headers, socket }) => {
    if (!isLooking || !isForwarded(headers) || !isProxy(socket.remoteAddress)) return
    isLooking = false
    announce()
  }
})

const isForwarded = (headers: IncomingHttpHeaders): boolean =>
  headers["x-forwarded-for"] !== undefined || headers["forwarded"] !== undefined

const MESSAGE =
  "Requests come through a proxy that is not trusted, so all clients count as one network and share its " +
  "limits. Set IDENTITY_TRUSTED_PROXIES to the proxy's address."

const isProxy = (peer: string | undefined): boolean => peer !== undefined && Option.exists(parseAddress(peer), isNearby)
