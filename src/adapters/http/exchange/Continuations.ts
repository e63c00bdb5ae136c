/**
 * Requests whose clients wait for permission to send the body (`Expect: 100-continue`). Node would give it at once,
 * even when the body is going to be refused unread.
 */
import { ServerResponse } from "node:http"
import type { IncomingMessage } from "node:http"
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2"

const waiting = new WeakMap<object, () => void>()

/**
 * Keeps a client waiting. A client that gets the final answer instead may send its body or not, and the server couldn't
 * tell that body from the next request. So the connection is closed in that case.
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

/** Tells a waiting client to send its body. `request` is Node's. */
export const release = (request: object): void => {
  waiting.get(request)?.()
  waiting.delete(request)
}
