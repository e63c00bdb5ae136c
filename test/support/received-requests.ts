import type { HttpServerRequest } from "effect/http"

/** The request, with a source that tells how it came over the wire, as Node's does. */
export const receivedAs = (
  request: HttpServerRequest.HttpServerRequest,
  source: object
): HttpServerRequest.HttpServerRequest =>
  new Proxy(request, { get: (target, key) => key === "source" ? source : Reflect.get(target, key) })
