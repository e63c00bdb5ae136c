/** The public app for requests of Node's. */
import { Effect } from "effect"
import { SharedClock } from "../../../domain/clock/SharedClock.ts"
import { makeRequestIds } from "../exchange/RequestIds.ts"
import { traceWhenSampled } from "../exchange/ServerSpan.ts"
import * as DirectSessionCheck from "../sessions/DirectSessionCheck.ts"
import * as NodeHandler from "./NodeHandler.ts"
import * as PublicApp from "./PublicApp.ts"

export type NodeAppOptions = Omit<PublicApp.PublicAppOptions, "requestIds">

/** Handles requests until the scope closes. */
export const make = Effect.fnUntraced(function*(options: NodeAppOptions) {
  const requestIds = yield* makeRequestIds
  const { exchange, router } = yield* PublicApp.make({ ...options, requestIds })
  const handling = NodeHandler.make(exchange, router, yield* DirectSessionCheck.make)
  // The first requests need not be refused for want of a reading that is on its way.
  yield* Effect.flatMap(SharedClock, ({ settled }) => settled)
  const handler = yield* Effect.updateContext(handling, traceWhenSampled<Effect.Services<typeof handling>>)
  return { exchange, handler }
})
