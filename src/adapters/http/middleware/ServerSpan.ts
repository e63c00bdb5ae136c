/**
 * One server span a request, named by method and route template, under the caller's W3C `traceparent`.
 *
 * Where nothing is traced, the request belongs to the caller's trace or to a made-up one, for the sake of its log lines.
 * Effect's own tracer names spans before routing and records the whole URL. This one records neither path nor query of
 * what it does not know: strangers put tokens there.
 */
import { Clock, Context, Effect, Exit, Option, References, Tracer } from "effect"
import { HttpTraceContext } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import type { Tracing } from "./Exchange.ts"
import { methodLabel } from "./RouteLabels.ts"

export const serverSpan =
  (scheme: "http" | "https", traceIds: () => string): Tracing => (request, facts, context, effect) => {
    const caller = Option.getOrUndefined(HttpTraceContext.w3c(request.headers))
    if (!Context.get(context, References.TracerEnabled)) {
      const untraced = inTrace(context, caller?.traceId ?? traceIds())
      return Effect.updateContext(effect, () => untraced)
    }
    const { address, clientAddress, id } = facts
    const method = methodLabel(request.method)
    const clock = Context.get(context, Clock.Clock)
    const span = Effect.makeSpan(address === undefined ? method : `${method} ${address.template}`, {
      kind: "server",
      ...(caller === undefined ? { root: true } : { parent: caller }),
      attributes: {
        "http.request.method": method,
        "url.scheme": scheme,
        "http.request.header.x-request-id": id,
        ...(address === undefined ? {} : { "http.route": address.template }),
        ...(clientAddress === undefined ? {} : { "client.address": clientAddress })
      }
    })
    return Effect.flatMap(span, (span) => {
      if (!span.sampled) {
        const unrecorded = Context.add(inTrace(context, span.traceId), References.TracerEnabled, false)
        return Effect.updateContext(effect, () => unrecorded)
      }
      const recorded = Effect.onExit(effect, (exit) =>
        Effect.sync(() => {
          if (Exit.isSuccess(exit)) span.attribute("http.response.status_code", exit.value.status)
          span.end(clock.currentTimeNanosUnsafe(), failedIfOurFault(exit))
        }))
      return Effect.updateContext(recorded, () => Context.add(context, Tracer.ParentSpan, span))
    })
  }

/** Nothing is recorded of the request, but its log lines still belong together. */
const inTrace = <R>(context: Context.Context<R>, trace_id: string): Context.Context<R> =>
  Context.add(context, References.CurrentLogAnnotations, {
    ...Context.get(context, References.CurrentLogAnnotations),
    trace_id
  })

/** Only 5xx answers are failures of a server; a refusal is an answer. */
const failedIfOurFault = <E>(exit: Exit.Exit<HttpServerResponse.HttpServerResponse, E>): Exit.Exit<unknown, unknown> =>
  Exit.isSuccess(exit) && exit.value.status >= 500 ? Exit.fail(`answered ${exit.value.status}`) : exit
