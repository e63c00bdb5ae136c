/** Requests over TLS with the protocol that the test chooses. */
import { Effect } from "effect"
import { connect } from "node:http2"
import type { IncomingHttpHeaders, IncomingHttpStatusHeader, OutgoingHttpHeaders } from "node:http2"
import { request } from "node:https"

export interface TlsAnswer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One request on an HTTP/2 connection of its own. Without a body, it ends with its headers. */
export const http2Send = (
  port: number,
  ca: string,
  headers: OutgoingHttpHeaders,
  { body: sent, end = true }: { readonly body?: string; readonly end?: boolean } = {}
): Effect.Effect<TlsAnswer, Error> =>
  Effect.callback((resume) => {
    const session = connect(`https://127.0.0.1:${port}`, { ca })
    const fail = (error: Error) => resume(Effect.fail(error))
    session.once("error", fail)
    const hasBody = sent !== undefined || !end
    const stream = session.request(headers, { endStream: !hasBody })
    let received: IncomingHttpHeaders & IncomingHttpStatusHeader = {}
    let body = ""
    stream.setEncoding("utf8").once("error", fail)
      .on("response", (answer) => {
        received = answer
      })
      .on("data", (text) => {
        body += text
      })
      .on("end", () => {
        session.destroy()
        resume(Effect.succeed({ status: received[":status"], headers: received, body }))
      })
    if (hasBody && end) stream.end(sent)
  })

/** One request on an HTTP/1.1 connection that is kept open afterwards. */
export const https1Get = (port: number, ca: string, path: string) =>
  Effect.callback<Omit<TlsAnswer, "body">, Error>((resume) => {
    // Node's client offers no other protocol.
    request({ host: "127.0.0.1", port, path, ca }, (answer) => {
      answer.resume().on("end", () => resume(Effect.succeed({ status: answer.statusCode, headers: answer.headers })))
    }).once("error", (error) => resume(Effect.fail(error))).end()
  })
