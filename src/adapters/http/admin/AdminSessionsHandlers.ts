import { Effect, Option } from "effect"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import { Accounts } from "../../../domain/accounts/Accounts.ts"
import type { AccountId } from "../../../domain/model/Account.ts"
import { PAGE_LIMIT_DEFAULT } from "../../../domain/model/Page.ts"
import type { SessionId } from "../../../domain/model/Session.ts"
import { BulkRevocation } from "../../../domain/sessions/BulkRevocation.ts"
import { Sessions } from "../../../domain/sessions/Sessions.ts"
import { StoreDeadline } from "../../../ports/StoreDeadline.ts"
import { sessionMembers } from "../../../resources/SessionResource.ts"
import type { PageQuery } from "../api/PageQuery.ts"
import { NotFound } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import { invalidCursor, refuse, refuseInput, storeOutage, storeRefusal } from "../exchange/Refusals.ts"
import { AdminApi } from "./AdminApi.ts"
import { linkToNext } from "./AdminLinks.ts"
import { SessionRevocation } from "./AdminSessionsApi.ts"

interface OfAccount {
  readonly params: { readonly id: AccountId }
}

export const layer = HttpApiBuilder.group(
  AdminApi,
  "sessions",
  Effect.fnUntraced(function*(handlers) {
    const accounts = yield* Accounts
    const sessions = yield* Sessions
    const revocation = yield* BulkRevocation

    const list = Effect.fnUntraced(
      function*({ params, query }: OfAccount & { readonly query: PageQuery }) {
        const { after, limit = PAGE_LIMIT_DEFAULT } = query
        const { id } = yield* accounts.get(params.id)
        const { items, next } = yield* sessions.list(id, { limit, after: Option.fromUndefinedOr(after) })
        const body = { sessions: items.map(sessionMembers), next: Option.getOrNull(next) }
        return HttpApiSchema.withHeaders({ body, headers: yield* linkToNext(next) })
      },
      Effect.catchTags({ ...storeOutage, ...invalidCursor, AccountNotFound: () => refuse(NotFound) })
    )

    const endAll = ({ params }: OfAccount) =>
      Effect.asVoid(sessions.revokeAll(params.id)).pipe(
        Effect.catchTags({ ...storeOutage, AccountNotFound: () => refuse(NotFound) })
      )

    const end = ({ params }: { readonly params: { readonly id: AccountId; readonly session_id: SessionId } }) =>
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
      // It takes many steps, each of which has a deadline of its own.
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
