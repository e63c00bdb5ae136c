import { Effect, Option } from "effect"
import type { DateTime } from "effect"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import { AuditReview } from "../../../domain/audit/AuditReview.ts"
import type { AccountId } from "../../../domain/model/Account.ts"
import type { AuditAction } from "../../../domain/model/Audit.ts"
import { PAGE_LIMIT_DEFAULT } from "../../../domain/model/Page.ts"
import { auditEntryResource } from "../../../resources/AuditResource.ts"
import type { PageQuery } from "../api/PageQuery.ts"
import { invalidCursor, storeOutage } from "../exchange/Refusals.ts"
import { AdminApi } from "./AdminApi.ts"
import { linkToNext } from "./AdminLinks.ts"

interface AuditQuery extends PageQuery {
  readonly account_id?: AccountId
  readonly action?: AuditAction
  readonly since?: DateTime.Utc
}

export const layer = HttpApiBuilder.group(
  AdminApi,
  "audit",
  Effect.fnUntraced(function*(handlers) {
    const review = yield* AuditReview

    const list = Effect.fnUntraced(
      function*({ query }: { readonly query: AuditQuery }) {
        const { after, limit = PAGE_LIMIT_DEFAULT } = query
        const { items, next } = yield* review.list({
          accountId: Option.fromUndefinedOr(query.account_id),
          action: Option.fromUndefinedOr(query.action),
          since: Option.fromUndefinedOr(query.since)
        }, { limit, after: Option.fromUndefinedOr(after) })
        const body = { entries: items.map(auditEntryResource), next: Option.getOrNull(next) }
        return HttpApiSchema.withHeaders({ body, headers: yield* linkToNext(next) })
      },
      Effect.catchTags({ ...storeOutage, ...invalidCursor })
    )

    return handlers.handleAll({ list })
  })
)
