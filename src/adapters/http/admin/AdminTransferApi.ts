import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AccountId } from "../../../domain/model/Account.ts"
import { IfExists } from "../../../domain/model/ImportRow.ts"
import { AdminAuthentication, needs } from "../api/AdminAuthentication.ts"
import { flag, optional, written } from "../api/BodyMembers.ts"
import { generalProblems, problems } from "../api/EndpointProblems.ts"
import { ScopeMissing, UnsupportedMediaType, ValidationFailed } from "../api/Problems.ts"

/** The media type of a line of JSON for each row. */
export const NDJSON = "application/x-ndjson"

const importRows = HttpApiEndpoint.post("importAccounts", "/admin/imports", {
  query: optional({
    if_exists: IfExists.annotate({
      description: "What to do with accounts that exist and differ; `refuse` if left out"
    }),
    dry_run: flag("`true` says what would become of each row, and changes nothing")
  }),
  payload: HttpApiSchema.StreamUint8Array({ contentType: NDJSON }),
  success: HttpApiSchema.StreamUint8Array({ contentType: NDJSON }),
  error: [...generalProblems, ...problems(UnsupportedMediaType, ValidationFailed)]
}).middleware(AdminAuthentication).annotateMerge(needs("imports:write")).annotateMerge(OpenApi.annotations({
  summary: "Import accounts",
  description:
    "Takes a line of JSON for each account and answers a line for each as it is done: `line`, `external_id`, " +
    "`outcome` (`created`, `updated`, `unchanged` or `refused`), and `id` or `errors`. Each row happens wholly or " +
    "not at all. The request has to arrive within ten seconds, so send a large file in parts. If the answer is cut " +
    "off, send the same part again: what is there already is `unchanged`. With `if_exists=update` the scope is as " +
    "good as every account, because rows set passwords and second factors of any. Holders are mailed notices of it."
}))

const exportAccounts = HttpApiEndpoint.get("exportAccounts", "/admin/exports/accounts", {
  query: optional({
    after: written(AccountId, {
      maxLength: 30,
      description: "Only accounts with later ids: continues an export that was cut off"
    }),
    credentials: flag("`true` adds password hashes and second factors; the key also needs the scope `credentials:read`")
  }),
  success: HttpApiSchema.StreamUint8Array({ contentType: NDJSON }),
  error: [...generalProblems, ...problems(ScopeMissing, ValidationFailed)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:read")).annotateMerge(OpenApi.annotations({
  summary: "Export accounts",
  description: "All accounts in order of their ids, a line of JSON for each, as an import takes them. Without " +
    "`credentials`, second factors are left out, and `factors_omitted` counts them."
}))

export class AdminTransferApi extends HttpApiGroup.make("transfer").add(importRows, exportAccounts)
  .annotateMerge(OpenApi.annotations({ title: "Imports and exports", description: "Accounts in bulk." }))
{}
