import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import type { Account } from "../../../domain/model/Account.ts"
import type { Client, Session, SessionId } from "../../../domain/model/Session.ts"
import type { StartedSession } from "../../../domain/services/Sessions.ts"
import { instantText } from "../api/Instant.ts"
import type { SessionResource, StartedSessionResource } from "../api/SessionsApi.ts"
import { CurrentRequest } from "../middleware/CurrentRequest.ts"

/** What people recognise a client by needs no more; the rest would only fill the store. */
const USER_AGENT_LENGTH_MAX = 512

export const currentClient: Effect.Effect<Client, never, HttpServerRequest.HttpServerRequest> = Effect.gen(
  function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { clientAddress } = yield* CurrentRequest
    return { userAgent: request.headers["user-agent"]?.slice(0, USER_AGENT_LENGTH_MAX), ipAddress: clientAddress }
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

/** A new session as its own client sees it. In cookie transport the token stays out of the body. */
export const startedSessionResource = (
  { account, session, token }: StartedSession,
  byCookie: boolean
): typeof StartedSessionResource.Type => ({
  ...sessionResource(session, account, session.id),
  ...(byCookie ? {} : { token })
})

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
