import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AccountId } from "../../../domain/model/Account.ts"
import { AuditAction } from "../../../domain/model/Audit.ts"
import { AuditEntryResource } from "../../../resources/AuditResource.ts"
import { AdminAuthentication, needs } from "../api/AdminAuthentication.ts"
import { optional, written, writtenInstant } from "../api/BodyMembers.ts"
import { generalProblems, problems } from "../api/EndpointProblems.ts"
import { withParameters } from "../api/OperationParameters.ts"
import { limitParameter, nextPage, pageLink, pageQuery } from "../api/PageQuery.ts"
import { ValidationFailed } from "../api/Problems.ts"

const AuditPage = Schema.Struct({
  entries: Schema.Array(AuditEntryResource).annotate({ description: "The entries of this page" }),
  next: nextPage
}).annotate({
  identifier: "AuditPage",
  description: "Entries, newest first. A page may have fewer than requested, even none, and still have `next`."
})

const list = HttpApiEndpoint.get("listAuditEntries", "/admin/audit-log", {
  query: {
    ...pageQuery,
    ...optional({
      account_id: written(AccountId, {
        maxLength: 30,
        description: "Only entries about this account, also when it is deleted"
      }),
      action: AuditAction.annotate({ description: "Only entries about this action" }),
      since: writtenInstant("Only entries of this instant or later")
    })
  },
  success: HttpApiSchema.WithHeaders(AuditPage, pageLink),
  error: [...generalProblems, ...problems(ValidationFailed)]
}).middleware(AdminAuthentication).annotateMerge(needs("audit:read")).annotateMerge(OpenApi.annotations({
  summary: "Read the audit log",
  description: "What happened to accounts, credentials, sessions and keys, newest first."
})).annotateMerge(withParameters(limitParameter("entries")))

export class AdminAuditApi extends HttpApiGroup.make("audit").add(list)
  .annotateMerge(OpenApi.annotations({ title: "Audit log", description: "Who did what, and when." }))
{}
