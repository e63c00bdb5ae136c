/**
 * Bounds how much of a body is read, and how long that may take.
 *
 * A body that says it is too large is refused before a byte of it is read. The deadline is for HTTP/2: over HTTP/1.1
 * Node itself cuts slow requests, but it knows no deadline for a stream.
 */
import { ByteSize, Effect } from "effect"
import type { Duration } from "effect"
import { HttpIncomingMessage } from "effect/http"
import type { HttpServerRequest } from "effect/http"
import { MalformedRequest, PayloadTooLarge, RequestTimeout } from "../api/Problems.ts"
import type { Problem } from "../api/Problems.ts"
import * as BodyReads from "../BodyReads.ts"
import { refuse } from "../Refusals.ts"
import { CurrentRequest } from "./CurrentRequest.ts"
import type { Gate } from "./Exchange.ts"

export const BODY_BYTES_MAX = 64 * 1024

export const bodyLimit: Gate = ({ headers }) =>
  Number(headers["content-length"] ?? 0) > BODY_BYTES_MAX ? refuse(PayloadTooLarge) : undefined

/** The whole body. It stays readable for whoever reads it again. */
export const readBody = Effect.fnUntraced(
  function*(request: HttpServerRequest.HttpServerRequest, deadline: Duration.Duration) {
    const read = BodyReads.begin(request.source, (yield* CurrentRequest).id)
    return yield* request.arrayBuffer.pipe(
      Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(BODY_BYTES_MAX)),
      Effect.timeoutOrElse({ duration: deadline, orElse: () => refuse(RequestTimeout) }),
      Effect.catchTag("HttpServerError", ({ reason }): Effect.Effect<never, Problem> => {
        if (read.answered !== undefined) return refuse(read.answered)
        return reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
          ? refuse(PayloadTooLarge)
          : refuse(MalformedRequest, "The body ended too early.")
      })
    )
  }
)
