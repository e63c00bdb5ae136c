import type { HttpServerRequest } from "effect/http"

/** The request, with Node's data about how it came over the wire as its source. */
export const receivedAs = (
  request: HttpServerRequest.HttpServerRequest,
  source: object
): HttpServerRequest.HttpServerRequest =>
  new Proxy(request, { get: (target, key) => key === "source" ? source : Reflect.get(target, key) })
