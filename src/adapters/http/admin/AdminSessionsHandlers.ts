import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import { BulkRevocation } from "../../../domain/sessions/BulkRevocation.ts"
import { Sessions } from "../../../domain/sessions/Sessions.ts"
import { StoreDeadline } from "../../../ports/StoreDeadline.ts"
import { sessionMembers } from "../../../resources/SessionResource.ts"
import type { RequestOf } from "../api/Endpoints.ts"
import { pageIn } from "../api/PageQuery.ts"
import { NotFound } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import { invalidCursor, refuse, refuseInput, storeOutage, storeRefusalAt } from "../exchange/Refusals.ts"
import { AdminApi } from "./AdminApi.ts"
import { pageAnswer } from "./AdminPages.ts"
import { SessionRevocation } from "./AdminSessionsApi.ts"

export const layer = HttpApiBuilder.group(
  AdminApi,
  "sessions",
  Effect.fnUntraced(function*(handlers) {
    const accounts = yield* Accounts
    const sessions = yield* Sessions
    const revocation = yield* BulkRevocation

    const listSessionsOf = Effect.fnUntraced(
      function*({ params, query }: RequestOf<typeof AdminApi.groups.sessions, "listSessionsOf">) {
        const { id } = yield* accounts.get(params.id)
        const { items, next } = yield* sessions.list(id, pageIn(query))
        return yield* pageAnswer({ sessions: items.map(sessionMembers) }, next)
      },
      Effect.catchTags({ ...storeOutage, ...invalidCursor, AccountNotFound: () => refuse(NotFound) })
    )

    const endSessionsOf = ({ params }: RequestOf<typeof AdminApi.groups.sessions, "endSessionsOf">) =>
      Effect.asVoid(sessions.revokeAll(params.id)).pipe(
        Effect.catchTags({ ...storeOutage, AccountNotFound: () => refuse(NotFound) })
      )

    const endSessionOf = ({ params }: RequestOf<typeof AdminApi.groups.sessions, "endSessionOf">) =>
      sessions.endOne(params.id, params.session_id).pipe(
        Effect.catchTags({ ...storeOutage, SessionNotFound: () => refuse(NotFound) })
      )

    const revokeSessions = Effect.fnUntraced(
      function*({ account_id, all_accounts, dry_run = false, ...filter }: typeof SessionRevocation.Type) {
        if ((account_id === undefined) === (all_accounts === undefined)) return yield* refuseInput([WHOSE])
        const account = account_id === undefined ? Option.none() : Option.some(yield* accounts.get(account_id))
        const { accounts: count, sessions } = yield* revocation[dry_run ? "count" : "revoke"](
          { createdBefore: filter.created_before, network: filter.ip, userAgent: filter.user_agent },
          Option.map(account, ({ id }) => id),
          () => Effect.void
        )
        return { sessions, accounts: count, dry_run }
      },
      // It takes many steps, each with a deadline of its own.
      Effect.provideService(StoreDeadline, undefined),
      Effect.catchTags({
        ...storeRefusalAt("/user_agent"),
        AccountNotFound: () => refuse(NotFound),
        ClockTooFarOff: () => refuseInput([FUTURE])
      })
    )

    return handlers.handleAll({ listSessionsOf, endSessionsOf, endSessionOf })
      .handleRaw("revokeSessions", withPayload(SessionRevocation, revokeSessions))
  })
)

const WHOSE = { pointer: "/account_id", detail: "is needed, or else `all_accounts`: one of the two" }

const FUTURE = {
  pointer: "/created_before",
  detail: "must not be in the future: the clock of the server is far from that of the database"
}
