/**
 * One server span a request, named by method and route template, under the caller's W3C `traceparent`.
 *
 * Where nothing is traced, the request belongs to the caller's trace or to a made-up one, for the sake of its log lines.
 * Effect's own tracer names spans before routing and records the whole URL. This one records neither path nor query of
 * what it does not know: strangers put tokens there.
 */
import { Clock, Effect, Exit, Option, References, Tracer } from "effect"
import { HttpServerRequest, HttpTraceContext } from "effect/http"
import type { HttpServerResponse } from "effect/http"
import { CurrentRequest } from "./CurrentRequest.ts"
import { methodLabel } from "./RouteLabels.ts"

export const serverSpan = (scheme: "http" | "https", traceIds: () => Tracer.ExternalSpan) =>
  Effect.fnUntraced(function*<E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { address, clientAddress, id } = yield* CurrentRequest
    const method = methodLabel(request.method)
    const traced = yield* References.TracerEnabled
    const parent = Option.getOrUndefined(HttpTraceContext.w3c(request.headers)) ?? (traced ? undefined : traceIds())
    const span = yield* Effect.makeSpan(address === undefined ? method : `${method} ${address.template}`, {
      kind: "server",
      ...(parent === undefined ? { root: true } : { parent }),
      attributes: {
        "http.request.method": method,
        "url.scheme": scheme,
        "http.request.header.x-request-id": id,
        ...(address === undefined ? {} : { "http.route": address.template }),
        ...(clientAddress === undefined ? {} : { "client.address": clientAddress })
      }
    })
    const clock = yield* Clock.Clock
    return yield* app.pipe(
      Effect.provideService(Tracer.ParentSpan, span),
      Effect.onExit((exit) =>
        Effect.sync(() => {
          if (Exit.isSuccess(exit)) span.attribute("http.response.status_code", exit.value.status)
          span.end(clock.currentTimeNanosUnsafe(), failedIfOurFault(exit))
        })
      )
    )
  })

/** Only 5xx answers are failures of a server; a refusal is an answer. */
const failedIfOurFault = <E>(exit: Exit.Exit<HttpServerResponse.HttpServerResponse, E>): Exit.Exit<unknown, unknown> =>
  Exit.isSuccess(exit) && exit.value.status >= 500 ? Exit.fail(`answered ${exit.value.status}`) : exit
