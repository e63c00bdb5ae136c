/**
 * What every contender of these baselines does for one request, written by hand: the token's tag, the row, the rules
 * and the JSON are those of `GET /sessions/me`. How the row is fetched is what they differ in.
 */
import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import { createSecureServer } from "node:http2"
import { createServer as createTlsServer } from "node:https"

const [kid, secret] = process.env.SIGNING_KEY.split(":")
const key = createSecretKey(Buffer.from(secret, "base64url"))

export const columns = `s.id AS session_id, s.account_id, s.epoch, s.created_at AS session_created_at, s.last_used_at,
  s.authenticated_at, s.amr, s.aal, s.elevated_until, s.expires_at, s.user_agent, s.ip_address, a.email,
  a.display_name, a.status, a.session_epoch, a.created_at AS account_created_at`

const spelling = /^Bearer ([a-z0-9-]{1,32})\.([a-z0-9]{25})\.([A-Za-z0-9_-]{43})$/

/** The session id of a genuine token. */
const verifiedId = (authorization) => {
  const [, id, payload, tag] = spelling.exec(authorization) ?? []
  if (id !== kid) return undefined
  const expected = createHmac("sha256", key).update(`identity session token v1\0${kid}\0${payload}\0`)
    .digest("base64url")
  return timingSafeEqual(Buffer.from(expected, "latin1"), Buffer.from(tag, "latin1")) ? `ses_${payload}` : undefined
}

const isLive = (row) =>
  row !== undefined && row.status === "active" && row.epoch === row.session_epoch &&
  row.expires_at.getTime() > Date.now()

const resource = (row) =>
  JSON.stringify({
    id: row.session_id,
    account_id: row.account_id,
    created_at: row.session_created_at,
    last_used_at: row.last_used_at,
    expires_at: row.expires_at,
    authenticated_at: row.authenticated_at,
    amr: row.amr.split(" "),
    aal: row.aal,
    elevated_until: row.elevated_until,
    current: true,
    user_agent: row.user_agent,
    ip_address: row.ip_address,
    account: { email: row.email, display_name: row.display_name, created_at: row.account_created_at }
  })

/** Serves checks on PORT; `find` answers the row of a session id. With PROTOCOL it speaks `https` or `h2`. */
export const serve = (find) => {
  const check = (url, authorization, answer) => {
    const id = url === "/sessions/me" ? verifiedId(authorization ?? "") : undefined
    if (id === undefined) return answer(401, "{}")
    find(id).then(
      (row) => isLive(row) ? answer(200, resource(row)) : answer(401, "{}"),
      () => answer(503, "{}")
    )
  }
  const headersOf = (body) => ({ "content-type": "application/json", "content-length": Buffer.byteLength(body) })
  const onRequest = (request, response) =>
    check(request.url, request.headers.authorization, (status, body) => {
      response.writeHead(status, headersOf(body))
      response.end(body)
    })
  const onStream = (stream, headers) =>
    check(headers[":path"], headers.authorization, (status, body) => {
      if (stream.destroyed) return
      stream.respond({ ":status": status, ...headersOf(body) })
      stream.end(body)
    })
  listener(onRequest, onStream).listen(Number(process.env.PORT), "127.0.0.1")
}

const listener = (onRequest, onStream) => {
  const { PROTOCOL, TLS_CERT, TLS_KEY } = process.env
  if (PROTOCOL === undefined) return createServer(onRequest)
  const certificate = { cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) }
  return PROTOCOL === "h2"
    ? createSecureServer(certificate).on("stream", onStream)
    : createTlsServer(certificate, onRequest)
}
