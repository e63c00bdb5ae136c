/**
 * Limits the size of a body, the number of its pieces, and the time it may take to arrive.
 *
 * A body whose `Content-Length` is too large is refused unread. The deadline is for HTTP/2: Node cuts slow HTTP/1.1
 * requests itself, but has no deadline for a stream.
 */
import { ByteSize, Effect } from "effect"
import type { Duration } from "effect"
import { HttpIncomingMessage } from "effect/http"
import type { HttpServerRequest } from "effect/http"
import { Readable } from "node:stream"
import { MalformedRequest, PayloadTooLarge, RequestTimeout } from "../api/Problems.ts"
import type { Problem } from "../api/Problems.ts"
import * as Continuations from "./Continuations.ts"
import { refuse } from "./Refusals.ts"
import { CurrentRequest } from "./RequestContext.ts"
import type { Gate } from "./RequestContext.ts"
import { ANY } from "./RouteTable.ts"

export const BODY_BYTES_MAX = 64 * 1024

/** A route that takes any method reads no body. */
export const bodyLimit: Gate = ({ headers, route }) =>
  Number(headers["content-length"] ?? 0) > BODY_BYTES_MAX && route?.methods.has(ANY) !== true &&
    route?.streamsBody !== true
    ? refuse(PayloadTooLarge)
    : undefined

/** The whole body. */
export const readBody = Effect.fnUntraced(
  function*(request: HttpServerRequest.HttpServerRequest, deadline: Duration.Duration) {
    const current = yield* CurrentRequest
    return yield* Effect.suspend(() => {
      Continuations.release(request.source)
      if (request.source instanceof Readable) boundPieces(request.source)
      return request.arrayBuffer
    }).pipe(
      Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(BODY_BYTES_MAX)),
      Effect.timeoutOrElse({ duration: deadline, orElse: () => refuse(RequestTimeout) }),
      Effect.catchTag("HttpServerError", ({ reason }): Effect.Effect<never, Problem> => {
        if (current.bodyFault !== undefined) return refuse(current.bodyFault)
        return reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
          ? refuse(PayloadTooLarge)
          : refuse(MalformedRequest, "The body ended too early.")
      })
    )
  }
)

/**
 * The most pieces a body may come in. Each piece costs microseconds, however small: 64 KiB in chunks of one byte take
 * 150 ms of CPU. Networks split a body of that size into about fifty.
 */
const PIECES_MAX = 1024

/** The most bytes that are read and discarded so that the refusal arrives. A client that sends more is cut off. */
const PIECES_DRAINED = 4 * PIECES_MAX

const overflow = new Uint8Array(BODY_BYTES_MAX + 1)

/** Treats a body in too many pieces as too large. The reader has to start in the same turn of the event loop. */
const boundPieces = (body: Readable): void => {
  let pieces = 0
  const count = () => {
    pieces += 1
    if (pieces === PIECES_MAX + 1) body.emit("data", overflow)
    if (pieces > PIECES_DRAINED) body.off("data", count).destroy()
  }
  body.on("data", count)
}
