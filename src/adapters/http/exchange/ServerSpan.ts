/**
 * One server span for each request, named by method and route template, under the caller's W3C `traceparent`.
 *
 * When nothing is traced, log lines get the caller's trace id or a generated one, if any is made. Effect's own tracer
 * names spans before routing and records the whole URL. This one records neither path nor query, because strangers put
 * tokens there.
 */
import { Clock, Context, Exit, Option, References, Tracer } from "effect"
import { HttpTraceContext } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { Chosen } from "../../../kernel/TraceSampling.ts"
import type { TraceSampling } from "../../../kernel/TraceSampling.ts"
import type { Observer } from "./Exchange.ts"
import type { RequestContext } from "./RequestContext.ts"
import { methodLabel } from "./RouteTable.ts"

/** `samples` decides which traces are recorded. */
export const serverSpan = (
  scheme: "http" | "https",
  traceIds: () => string | undefined,
  samples: typeof TraceSampling.Service
): Observer["trace"] =>
(request, context) => {
  const caller = Option.getOrUndefined(HttpTraceContext.w3c(request.headers))
  const isTraced = Context.get(context, References.TracerEnabled)
  const span = (isTraced || Context.get(context, Undecided)) && samples(caller)
    ? begin(context, nameOf(request), caller)
    : undefined
  // A tracer of an application that embeds this one may have a sampler of its own.
  if (span?.sampled !== true) {
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
      span.end(nowIn(context), failedIfOurFault(exit))
    }
  }
}

/** Whether the sampler decides for each request, in a context where tracing is off. */
const Undecided = Context.Reference<boolean>("identityd/adapters/http/exchange/ServerSpan/Undecided", {
  defaultValue: () => false
})

/**
 * The context in which a server runs its requests: tracing is off until the sampler has chosen a request. Turning it
 * off for each request would make every fiber read its context again. Turning it on costs time for sampled requests
 * alone.
 */
export const traceWhenSampled = <R>(context: Context.Context<R>): Context.Context<R> =>
  context.pipe(
    Context.add(Undecided, Context.get(context, References.TracerEnabled)),
    Context.add(References.TracerEnabled, false)
  )

const nameOf = ({ method, route }: RequestContext): string =>
  route === undefined ? methodLabel(method) : `${methodLabel(method)} ${route.template}`

/** `Effect.makeSpan` makes no span while tracing is off. */
const begin = (
  context: Context.Context<never>,
  name: string,
  caller: Tracer.ExternalSpan | undefined
): Tracer.Span =>
  Context.get(context, Tracer.Tracer).span({
    name,
    parent: Option.fromUndefinedOr(caller),
    root: caller === undefined,
    kind: "server",
    startTime: nowIn(context),
    sampled: caller?.sampled ?? true,
    annotations: chosen,
    links: []
  })

const nowIn = (context: Context.Context<never>): bigint => Context.get(context, Clock.Clock).currentTimeNanosUnsafe()

const chosen = Context.make(Chosen, true)

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

/** Nothing of the request is recorded, but its log lines still share a trace id. */
const inTrace = <R>(context: Context.Context<R>, trace_id: string | undefined): Context.Context<R> =>
  Context.add(context, References.CurrentLogAnnotations, {
    ...Context.get(context, References.CurrentLogAnnotations),
    trace_id
  })

/** Only a 5xx response is a failure of the server. A refusal isn't. */
const failedIfOurFault = <E>(exit: Exit.Exit<HttpServerResponse.HttpServerResponse, E>): Exit.Exit<unknown, unknown> =>
  Exit.isSuccess(exit) && exit.value.status >= 500 ? Exit.fail(`answered ${exit.value.status}`) : exit
