/** The public app for requests of Node's, the shortest way for session checks in front of it. */
import { Effect } from "effect"
import type { Duration } from "effect"
import type { IpNetwork } from "effect/net"
import { SharedClock } from "../../../domain/clock/SharedClock.ts"
import { makeRequestIds } from "../exchange/RequestId.ts"
import { untilSampled } from "../exchange/ServerSpan.ts"
import * as SessionChecks from "../sessions/SessionChecks.ts"
import * as NodeListener from "./NodeListener.ts"
import * as PublicApp from "./PublicApp.ts"

export interface NodeAppOptions {
  readonly publicUrl: string
  readonly overTls: boolean
  readonly allowedOrigins: ReadonlyArray<string>
  readonly trustedProxies: ReadonlyArray<IpNetwork.IpNetwork>
  readonly publicDocs: boolean
  readonly requestDeadline: Duration.Duration
  readonly storeDeadline?: Duration.Duration | undefined
}

/** Handles requests until the scope closes. */
export const make = Effect.fnUntraced(function*(options: NodeAppOptions) {
  const requestIds = yield* makeRequestIds
  const { app, exchange } = yield* PublicApp.make({ ...options, requestIds })
  const handling = NodeListener.nodeHandler(app, (general) => SessionChecks.make(exchange, general))
  // The first requests need not be refused for want of a reading that is on its way.
  yield* Effect.flatMap(SharedClock, ({ settled }) => settled)
  const handler = yield* Effect.updateContext(handling, untilSampled<Effect.Services<typeof handling>>)
  return { exchange, handler, requestIds }
})
