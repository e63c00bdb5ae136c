/**
 * The visitor's request that a gateway asks about.
 *
 * A gateway asks by a request of its own, mostly a `GET`, and names the visitor's method in a header. Anybody can write
 * that header, so it counts from trusted proxies only. From anybody else the request's own method counts.
 */
import { Option } from "effect"
import type { IpNetwork } from "effect/net"
import { remember } from "../../../kernel/Memo.ts"
import { isTrusted } from "../exchange/ClientAddress.ts"
import type { RequestHead } from "../exchange/RequestContext.ts"

/** Whether a request comes from a trusted proxy. */
export type ComesFromProxy = (request: RequestHead) => boolean

/** Few proxies send all requests. */
const PEERS_MAX = 1000

export const comesFromProxy = (trusted: ReadonlyArray<IpNetwork.IpNetwork>): ComesFromProxy => {
  if (trusted.length === 0) return () => false
  const isTrustedPeer = remember(PEERS_MAX, (peer: string) => isTrusted(peer, trusted))
  return ({ remoteAddress }) => Option.isSome(remoteAddress) && isTrustedPeer(remoteAddress.value)
}

/** Whether a request names an original method, truly or not. */
export const namesMethod = ({ headers }: RequestHead): boolean =>
  headers["x-original-method"] !== undefined || headers["x-forwarded-method"] !== undefined

/** The method that a proxy's headers name. None if they name several. Methods are case-sensitive. */
export const methodNamed = ({ headers }: RequestHead): string | undefined => {
  const named = [headers["x-original-method"], headers["x-forwarded-method"]].flatMap((value) =>
    value === undefined ? [] : value.split(",").map((method) => method.trim())
  )
  const [method = ""] = named
  return named.every((other) => other === method) ? method : undefined
}

/**
 * Whether a request opens a WebSocket. Its method is `GET`, but what it opens carries changes, and browsers let any
 * page open one with the cookie. Gateways may remove `Upgrade`, which is about their own connection.
 */
export const opensSocket = ({ headers }: RequestHead): boolean =>
  headers["upgrade"] !== undefined || headers["sec-websocket-key"] !== undefined
