/** What is recorded of every request: its span, its metrics and its log line. */
import { Effect } from "effect"
import { TraceSampling } from "../../../kernel/TraceSampling.ts"
import type { Observer } from "./Exchange.ts"
import { requestBegun, requestEnded } from "./HttpMetrics.ts"
import type { RequestContext } from "./RequestContext.ts"
import { MakesTraceIds, makeTraceIds } from "./RequestIds.ts"
import { requestLine } from "./RequestLog.ts"
import { serverSpan } from "./ServerSpan.ts"

export const makeObserver = Effect.fnUntraced(function*(scheme: "http" | "https") {
  const traceIds = (yield* MakesTraceIds) ? yield* makeTraceIds : () => undefined
  const observer: Observer = {
    trace: serverSpan(scheme, traceIds, yield* TraceSampling),
    begun: requestBegun,
    ended: (observed, context) => {
      requestEnded(observed, context)
      return requestLine(observed)
    }
  }
  return observer
})

/** The same for some requests alone. */
export const observing = (isObserved: (request: RequestContext) => boolean, observer: Observer): Observer => ({
  trace: (request, context) => isObserved(request) ? observer.trace(request, context) : { context, end: undefined },
  begun: (request, context) => {
    if (isObserved(request)) observer.begun(request, context)
  },
  ended: (observed, context) => isObserved(observed.request) ? observer.ended(observed, context) : Effect.void
})
