import { Effect, identity, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiSchema } from "effect/http-api"
import type { Account } from "../../../domain/model/Account.ts"
import type { Client } from "../../../domain/model/Session.ts"
import type { StartedSession } from "../../../domain/sessions/SessionOpening.ts"
import { SessionPolicy } from "../../../domain/sessions/SessionPolicy.ts"
import { sessionResource } from "../../../resources/SessionResource.ts"
import { headerText } from "../exchange/RawHeaders.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import { CLEARED_SESSION_COOKIE, sessionCookie, withDeviceCookie } from "./Cookies.ts"
import { StartedSessionResource } from "./SessionsApi.ts"

/** Enough for people to recognise a client. A longer text would only fill the store. */
const USER_AGENT_LENGTH_MAX = 512

/** Removes half a surrogate pair at the cut. */
const beginningOf = (userAgent: string | undefined): string | undefined =>
  userAgent === undefined
    ? undefined
    : headerText(userAgent).slice(0, USER_AGENT_LENGTH_MAX).replace(/[\ud800-\udbff]$/, "")

export const currentClient: Effect.Effect<Client> = Effect.map(CurrentRequest, ({ clientAddress, headers }) => ({
  userAgent: beginningOf(headers["user-agent"]),
  ipAddress: clientAddress
}))

export interface SessionHandover {
  readonly status: number
  /** Whether the secrets of session and device go into cookies and not into the body. */
  readonly byCookie: boolean
  /** The path of what was created, if anything was. */
  readonly location?: string
  /** The body around the session. It is the session itself unless one is given. */
  readonly around?: (session: typeof StartedSessionResource.Encoded, account: Account) => unknown
}

/** The response that gives a new session to its client. */
export const startedSessionResponse = Effect.fnUntraced(
  function*(
    { account, device, session, token }: StartedSession,
    { around = identity, byCookie, location, status }: SessionHandover
  ) {
    const { publicUrl } = yield* CurrentRequest
    // The session's cookie may be needed as long as that.
    const { maxLifetime } = yield* SessionPolicy
    const body = yield* Effect.orDie(
      Schema.encodeEffect(StartedSessionResource)({
        ...sessionResource(session, account, session.id),
        ...(byCookie ? {} : { token, device })
      })
    )
    const response = HttpServerResponse.jsonUnsafe(around(body, account), {
      status,
      headers: {
        ...(location === undefined ? {} : { location: `${publicUrl}${location}` }),
        ...(byCookie ? { "set-cookie": sessionCookie(token, maxLifetime) } : {})
      }
    })
    return byCookie ? withDeviceCookie(device)(response) : response
  }
)

/** The answer after which a client has no session any more. */
export const signedOut = HttpApiSchema.withHeaders({
  body: undefined,
  headers: { "set-cookie": CLEARED_SESSION_COOKIE }
})
