import { Effect, Schema } from "effect"
import type { Duration } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Account } from "../../../domain/model/Account.ts"
import { instantText } from "../../../domain/model/InstantText.ts"
import type { Client, Session, SessionId } from "../../../domain/model/Session.ts"
import type { StartedSession } from "../../../domain/services/Sessions.ts"
import { StartedSessionResource } from "../api/SessionsApi.ts"
import type { SessionResource } from "../api/SessionsApi.ts"
import { withDeviceCookie } from "../DeviceCookie.ts"
import { CurrentRequest } from "../middleware/CurrentRequest.ts"
import { headerText } from "../middleware/RawHeaders.ts"
import { sessionCookie } from "../SessionCookie.ts"

/** What people recognise a client by needs no more; the rest would only fill the store. */
const USER_AGENT_LENGTH_MAX = 512

/** Half a character at the cut is none. */
const beginningOf = (userAgent: string | undefined): string | undefined =>
  userAgent === undefined
    ? undefined
    : headerText(userAgent).slice(0, USER_AGENT_LENGTH_MAX).replace(/[\ud800-\udbff]$/, "")

export const currentClient: Effect.Effect<Client, never, HttpServerRequest.HttpServerRequest> = Effect.gen(
  function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { clientAddress } = yield* CurrentRequest
    return { userAgent: beginningOf(request.headers["user-agent"]), ipAddress: clientAddress }
  }
)

export const sessionResource = (
  session: Session,
  account: Account,
  current: SessionId
): typeof SessionResource.Type => ({
  id: session.id,
  account_id: session.accountId,
  created_at: session.createdAt,
  last_used_at: session.lastUsedAt,
  expires_at: session.expiresAt,
  authenticated_at: session.authenticatedAt,
  current: session.id === current,
  user_agent: session.userAgent ?? null,
  ip_address: session.ipAddress ?? null,
  account: {
    email: account.email,
    display_name: account.displayName,
    created_at: account.createdAt
  }
})

export interface SessionHandover {
  readonly status: number
  /** Whether the secrets of session and device go into cookies, and so stay out of the body. */
  readonly byCookie: boolean
  /** How long the session's cookie may be needed. */
  readonly maxLifetime: Duration.Duration
  readonly headers?: Readonly<Record<string, string>>
}

/** The answer that hands a new session to its client. */
export const startedSessionResponse = Effect.fnUntraced(
  function*(
    { account, device, session, token }: StartedSession,
    { byCookie, headers, maxLifetime, status }: SessionHandover
  ) {
    const body = yield* Effect.orDie(
      Schema.encodeEffect(StartedSessionResource)({
        ...sessionResource(session, account, session.id),
        ...(byCookie ? {} : { token, device })
      })
    )
    const response = HttpServerResponse.jsonUnsafe(body, {
      status,
      headers: { ...headers, ...(byCookie ? { "set-cookie": sessionCookie(token, maxLifetime) } : {}) }
    })
    return byCookie ? withDeviceCookie(device)(response) : response
  }
)

/**
 * The current session as it goes over the wire. `GET /sessions/me` is most of what this server is asked, and encoding by
 * the schema would be the dearest part of it; a test holds the two together. What people and their programs chose goes
 * through `JSON.stringify`; ids and instants hold nothing that JSON would escape.
 */
export const currentSessionJson = (session: Session, account: Account): string =>
  `{"id":"${session.id}","account_id":"${session.accountId}","created_at":"${instantText(session.createdAt)}",` +
  `"last_used_at":"${instantText(session.lastUsedAt)}","expires_at":"${instantText(session.expiresAt)}",` +
  `"authenticated_at":"${instantText(session.authenticatedAt)}","current":true,` +
  `"user_agent":${textOrNull(session.userAgent)},"ip_address":${textOrNull(session.ipAddress)},` +
  `"account":{"email":${JSON.stringify(account.email)},"display_name":${JSON.stringify(account.displayName)},` +
  `"created_at":"${instantText(account.createdAt)}"}}`

const textOrNull = (text: string | undefined): string => text === undefined ? "null" : JSON.stringify(text)
