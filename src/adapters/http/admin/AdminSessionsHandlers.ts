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
import { invalidCursor, refuse, refuseInput, storeOutage, storeRefusal } from "../exchange/Refusals.ts"
import { AdminApi } from "./AdminApi.ts"
import { pageAnswer } from "./AdminPages.ts"
import { SessionRevocation } from "./AdminSessionsApi.ts"
import type { AdminSessionsApi } from "./AdminSessionsApi.ts"

export const layer = HttpApiBuilder.group(
  AdminApi,
  "sessions",
  Effect.fnUntraced(function*(handlers) {
    const accounts = yield* Accounts
    const sessions = yield* Sessions
    const revocation = yield* BulkRevocation

    const list = Effect.fnUntraced(
      function*({ params, query }: RequestOf<typeof AdminSessionsApi, "list">) {
        const { id } = yield* accounts.get(params.id)
        const { items, next } = yield* sessions.list(id, pageIn(query))
        return yield* pageAnswer({ sessions: items.map(sessionMembers) }, next)
      },
      Effect.catchTags({ ...storeOutage, ...invalidCursor, AccountNotFound: () => refuse(NotFound) })
    )

    const endAll = ({ params }: RequestOf<typeof AdminSessionsApi, "endAll">) =>
      Effect.asVoid(sessions.revokeAll(params.id)).pipe(
        Effect.catchTags({ ...storeOutage, AccountNotFound: () => refuse(NotFound) })
      )

    const end = ({ params }: RequestOf<typeof AdminSessionsApi, "end">) =>
      sessions.endOne(params.id, params.session_id).pipe(
        Effect.catchTags({ ...storeOutage, SessionNotFound: () => refuse(NotFound) })
      )

    const revoke = Effect.fnUntraced(
      function*({ account_id, all_accounts, dry_run = false, ...wanted }: typeof SessionRevocation.Type) {
        if ((account_id === undefined) === (all_accounts === undefined)) return yield* refuseInput([WHOSE])
        const account = account_id === undefined ? Option.none() : Option.some(yield* accounts.get(account_id))
        const { accounts: count, sessions } = yield* revocation[dry_run ? "count" : "revoke"](
          filterOf(wanted),
          Option.map(account, ({ id }) => id),
          () => Effect.void
        )
        return { sessions, accounts: count, dry_run }
      },
      // It takes many steps, each with a deadline of its own.
      Effect.provideService(StoreDeadline, undefined),
      Effect.catchTags({
        ...storeRefusal,
        AccountNotFound: () => refuse(NotFound),
        ClockTooFarOff: () => refuseInput([FUTURE])
      })
    )

    return handlers.handleAll({ list, endAll, end }).handleRaw("revoke", withPayload(SessionRevocation, revoke))
  })
)

const WHOSE = { pointer: "/account_id", detail: "is needed, or else `all_accounts`: one of the two" }

const FUTURE = {
  pointer: "/created_before",
  detail: "must not be in the future: the clock of the server is far from that of the database"
}

const filterOf = (
  { created_before, ip, user_agent }: Pick<typeof SessionRevocation.Type, "created_before" | "ip" | "user_agent">
) => ({
  ...(created_before === undefined ? {} : { createdBefore: created_before }),
  ...(ip === undefined ? {} : { network: ip }),
  ...(user_agent === undefined ? {} : { userAgent: user_agent })
})
