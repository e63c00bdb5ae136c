/**
 * Requests whose clients wait to be told that their body is wanted (`Expect: 100-continue`). Node would tell them at
 * once, also where the body is refused unread.
 */
import { ServerResponse } from "node:http"
import type { IncomingMessage } from "node:http"
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2"

const waiting = new WeakMap<object, () => void>()

/**
 * Keeps a client waiting. One that is answered instead may send its body or not, and nobody could tell it from the next
 * request, so the connection is closed then.
 */
export const hold = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse
): void => {
  if (!(response instanceof ServerResponse)) {
    waiting.set(request, () => response.writeContinue())
    return
  }
  const { shouldKeepAlive } = response
  response.shouldKeepAlive = false
  waiting.set(request, () => {
    response.shouldKeepAlive = shouldKeepAlive
    response.writeContinue()
  })
}

/** Lets the client of a request go on, if it waits. `request` is Node's. */
export const release = (request: object): void => {
  waiting.get(request)?.()
  waiting.delete(request)
}
