/**
 * The public app for Node's requests. It is separate from `PublicApp`, so that those who embed only the framework's app
 * don't need Node's types.
 */
import { Effect } from "effect"
import { traceWhenSampled } from "../exchange/ServerSpan.ts"
import * as DirectSessionCheck from "../sessions/DirectSessionCheck.ts"
import * as NodeHandler from "./NodeHandler.ts"
import * as PublicApp from "./PublicApp.ts"

/** Handles requests until the scope closes. */
export const make = Effect.fnUntraced(function*(options: PublicApp.PublicAppOptions) {
  const { authorize, exchange, router } = yield* PublicApp.makeReady(options)
  const check = yield* DirectSessionCheck.make
  const handling = NodeHandler.make(exchange, router, (request) => check(request) ?? authorize(request))
  return {
    exchange,
    ...(yield* Effect.updateContext(handling, traceWhenSampled<Effect.Services<typeof handling>>))
  }
})
