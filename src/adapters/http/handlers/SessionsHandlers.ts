import { Effect, Option } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import type { Account } from "../../../domain/model/Account.ts"
import { PAGE_LIMIT_DEFAULT } from "../../../domain/model/Page.ts"
import type { Client, Session, SessionId } from "../../../domain/model/Session.ts"
import { SessionPolicy } from "../../../domain/services/SessionPolicy.ts"
import { Sessions } from "../../../domain/services/Sessions.ts"
import { CurrentSession } from "../api/Authentication.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import { InvalidCredentials, NotFound, OriginNotAllowed } from "../api/Problems.ts"
import type { SessionPageQuery, SessionResource, SignIn } from "../api/SessionsApi.ts"
import { CurrentRequest } from "../middleware/CurrentRequest.ts"
import { AllowedOrigins, comesFromForeignOrigin } from "../middleware/OriginCheck.ts"
import { hashingOutage, refuse, refuseInput, storeOutage } from "../Refusals.ts"
import { CLEARED_SESSION_COOKIE, sessionCookie } from "../SessionCookie.ts"
import { endPresentedSession } from "./PresentedSession.ts"

export const layer = HttpApiBuilder.group(
  IdentityApi,
  "sessions",
  Effect.fnUntraced(function*(handlers) {
    const sessions = yield* Sessions
    const origins = yield* AllowedOrigins
    const { maxLifetime } = yield* SessionPolicy

    const start = Effect.fnUntraced(
      function*({ payload }: { readonly payload: typeof SignIn.Type }) {
        const request = yield* HttpServerRequest.HttpServerRequest
        const byCookie = payload.transport === "cookie"
        if (byCookie && comesFromForeignOrigin(request, origins)) return yield* refuse(OriginNotAllowed)
        const { account, session, token } = yield* sessions.start(payload, yield* currentClient)
        yield* endPresentedSession(sessions, origins)
        return HttpApiSchema.withHeaders({
          body: { ...resource(session, account, session.id), ...(byCookie ? {} : { token }) },
          headers: {
            location: "/sessions/me",
            ...(byCookie ? { "set-cookie": sessionCookie(token, maxLifetime) } : {})
          }
        })
      },
      Effect.catchTags({ ...storeOutage, ...hashingOutage, InvalidCredentials: () => refuse(InvalidCredentials) })
    )

    const me = () => Effect.map(CurrentSession, ({ account, session }) => resource(session, account, session.id))

    const list = Effect.fnUntraced(
      function*({ query }: { readonly query: SessionPageQuery }) {
        const { account, session } = yield* CurrentSession
        const { limit = PAGE_LIMIT_DEFAULT } = query
        const page = yield* sessions.list(account.id, { limit, after: Option.fromUndefinedOr(query.after) })
        const body = {
          sessions: page.items.map((item) => resource(item, account, session.id)),
          next: Option.getOrNull(page.next)
        }
        return HttpApiSchema.withHeaders({ body, headers: yield* linkTo(page.next, limit) })
      },
      Effect.catchTags({
        ...storeOutage,
        InvalidCursor: () => refuseInput([{ pointer: "/after", detail: "must be the `next` of a page of this list" }])
      })
    )

    const endMine = () =>
      CurrentSession.pipe(
        Effect.flatMap(({ session }) => sessions.end(session)),
        Effect.as(signedOut),
        Effect.catchTags(storeOutage)
      )

    const endAll = () =>
      CurrentSession.pipe(
        Effect.flatMap(({ account }) => sessions.revokeAll(account.id)),
        // An account that was deleted meanwhile has no sessions left, which is what was asked.
        Effect.catchTags({ ...storeOutage, AccountNotFound: () => Effect.void }),
        Effect.as(signedOut)
      )

    const end = ({ params }: { readonly params: { readonly id: SessionId } }) =>
      CurrentSession.pipe(
        Effect.flatMap(({ account }) => sessions.revoke(account.id, params.id)),
        Effect.catchTags({ ...storeOutage, SessionNotFound: () => refuse(NotFound) })
      )

    return handlers.handleAll({ start, me, list, endMine, endAll, end })
  })
)

const signedOut = HttpApiSchema.withHeaders({ body: undefined, headers: { "set-cookie": CLEARED_SESSION_COOKIE } })

/** What people recognise a client by needs no more; the rest would only fill the store. */
const USER_AGENT_LENGTH_MAX = 512

const currentClient: Effect.Effect<Client, never, HttpServerRequest.HttpServerRequest> = Effect.gen(
  function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { clientAddress } = yield* CurrentRequest
    return { userAgent: request.headers["user-agent"]?.slice(0, USER_AGENT_LENGTH_MAX), ipAddress: clientAddress }
  }
)

const linkTo = (next: Option.Option<string>, limit: number) =>
  Effect.map(CurrentRequest, ({ publicUrl }) =>
    Option.match(next, {
      onNone: () => ({}),
      onSome: (cursor) => ({
        link: `<${publicUrl}/sessions?limit=${limit}&after=${encodeURIComponent(cursor)}>; rel="next"`
      })
    }))

const resource = (session: Session, account: Account, current: SessionId): typeof SessionResource.Type => ({
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
