/**
 * One server span a request, named by method and route template, under the caller's W3C `traceparent`.
 *
 * Where nothing is traced, the request belongs to the caller's trace or to a made-up one, for the sake of its log
 * lines. Effect's own tracer names spans before routing and records the whole URL. This one records neither path nor
 * query of what it does not know: strangers put tokens there.
 */
import { Clock, Context, Exit, Option, References, Tracer } from "effect"
import { HttpTraceContext } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import type { Observer } from "./Exchange.ts"
import type { RequestContext } from "./RequestContext.ts"
import { methodLabel } from "./RouteTable.ts"

export const serverSpan =
  (scheme: "http" | "https", traceIds: () => string): Observer["trace"] => (request, context) => {
    const caller = Option.getOrUndefined(HttpTraceContext.w3c(request.headers))
    const isTraced = Context.get(context, References.TracerEnabled)
    if (!isTraced && !Context.get(context, Undecided)) {
      return { context: inTrace(context, caller?.traceId ?? traceIds()), end: undefined }
    }
    const clock = Context.get(context, Clock.Clock)
    const span = begin(Context.get(context, Tracer.Tracer), nameOf(request), caller, clock)
    if (!span.sampled) {
      const unrecorded = inTrace(context, caller?.traceId ?? traceIds())
      return {
        context: isTraced ? Context.add(unrecorded, References.TracerEnabled, false) : unrecorded,
        end: undefined
      }
    }
    describe(span, scheme, request)
    const traced = isTraced ? context : Context.add(context, References.TracerEnabled, true)
    return {
      context: Context.add(traced, Tracer.ParentSpan, span),
      end: (exit) => {
        if (Exit.isSuccess(exit)) span.attribute("http.response.status_code", exit.value.status)
        span.end(clock.currentTimeNanosUnsafe(), failedIfOurFault(exit))
      }
    }
  }

/** Whether requests are traced one by one, as the sampler decides, in a context that traces nothing. */
const Undecided = Context.Reference<boolean>("identityd/adapters/http/exchange/ServerSpan/Undecided", {
  defaultValue: () => false
})

/**
 * The context of a server for its requests. Where something is traced, it isn't before the sampler has decided so for a
 * request: to turn tracing off for each request has its fiber look up all it knows anew, to turn it on costs only those
 * that are traced.
 */
export const traceWhenSampled = <R>(context: Context.Context<R>): Context.Context<R> =>
  context.pipe(
    Context.add(Undecided, Context.get(context, References.TracerEnabled)),
    Context.add(References.TracerEnabled, false)
  )

const nameOf = ({ method, route }: RequestContext): string =>
  route === undefined ? methodLabel(method) : `${methodLabel(method)} ${route.template}`

/** `Effect.makeSpan` would make none where nothing is traced yet. */
const begin = (
  tracer: Tracer.Tracer,
  name: string,
  caller: Tracer.ExternalSpan | undefined,
  clock: Clock.Clock
): Tracer.Span =>
  tracer.span({
    name,
    parent: Option.fromUndefinedOr(caller),
    root: caller === undefined,
    kind: "server",
    startTime: clock.currentTimeNanosUnsafe(),
    sampled: caller?.sampled ?? true,
    annotations: Context.empty(),
    links: []
  })

const describe = (
  span: Tracer.Span,
  scheme: "http" | "https",
  { clientAddress, id, method, route }: RequestContext
): void => {
  span.attribute("http.request.method", methodLabel(method))
  span.attribute("url.scheme", scheme)
  span.attribute("http.request.header.x-request-id", id)
  if (route !== undefined) span.attribute("http.route", route.template)
  if (clientAddress !== undefined) span.attribute("client.address", clientAddress)
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
