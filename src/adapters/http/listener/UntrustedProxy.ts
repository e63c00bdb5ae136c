/**
 * Notices requests through a proxy that isn't configured, and logs it once. Behind such a proxy all clients have its
 * address and share the budgets of one network, so a few who guess passwords lock everybody out.
 *
 * Anybody can write `X-Forwarded-For` or `Forwarded`, but when they come from this machine or its own network, a proxy
 * wrote them.
 */
import { Effect, Option } from "effect"
import type { Scope } from "effect"
import type { IncomingHttpHeaders } from "node:http"
import { isNearby, parseAddress } from "../../../domain/model/IpAddress.ts"
import * as Announcer from "../../../kernel/Announcer.ts"

/** Only reads two headers. */
type Look = (headers: IncomingHttpHeaders, peer: string | undefined) => void

/** A function to call with every request. */
export const make: Effect.Effect<Look, never, Scope.Scope> = Effect.gen(function*() {
  const announce = yield* Announcer.announceFromCallbacks<void>(() => Effect.logWarning(MESSAGE))
  let isLooking = true
  return (headers, peer) => {
    if (!isLooking || !isForwarded(headers) || !isProxy(peer)) return
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
