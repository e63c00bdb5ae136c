import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { AuditReview } from "../../../domain/audit/AuditReview.ts"
import { auditEntryResource } from "../../../resources/AuditResource.ts"
import type { RequestOf } from "../api/Endpoints.ts"
import { pageIn } from "../api/PageQuery.ts"
import { invalidCursor, storeOutage } from "../exchange/Refusals.ts"
import { AdminApi } from "./AdminApi.ts"
import { pageAnswer } from "./AdminPages.ts"

export const layer = HttpApiBuilder.group(
  AdminApi,
  "audit",
  Effect.fnUntraced(function*(handlers) {
    const review = yield* AuditReview

    const listAuditEntries = Effect.fnUntraced(
      function*({ query }: RequestOf<typeof AdminApi.groups.audit, "listAuditEntries">) {
        const { items, next } = yield* review.list({
          accountId: Option.fromUndefinedOr(query.account_id),
          action: Option.fromUndefinedOr(query.action),
          since: Option.fromUndefinedOr(query.since)
        }, pageIn(query))
        return yield* pageAnswer({ entries: items.map(auditEntryResource) }, next)
      },
      Effect.catchTags({ ...storeOutage, ...invalidCursor })
    )

    return handlers.handleAll({ listAuditEntries })
  })
)
