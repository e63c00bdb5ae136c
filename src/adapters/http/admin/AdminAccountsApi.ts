import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AccountStatus } from "../../../domain/model/Account.ts"
import { AccountResource } from "../../../resources/AccountResource.ts"
import { ChallengeResource } from "../../../resources/ChallengeResource.ts"
import { AdminAuthentication, needs } from "../api/AdminAuthentication.ts"
import { accountParams, versionedAccount, writtenInstant } from "../api/AdminMembers.ts"
import { generalProblems } from "../api/EndpointProblems.ts"
import { withParameters } from "../api/OperationParameters.ts"
import { limitParameter, nextPage, pageLink, pageQuery } from "../api/PageQuery.ts"
import { asProblem } from "../api/ProblemForm.ts"
import { NotFound, ValidationFailed } from "../api/Problems.ts"

const AccountPage = Schema.Struct({
  accounts: Schema.Array(AccountResource).annotate({ description: "The accounts of this page" }),
  next: nextPage
}).annotate({
  identifier: "AccountPage",
  description:
    "Accounts by creation or, with `email_prefix`, by email. A page may have fewer than requested, even none, " +
    "and still have `next`."
})

const list = HttpApiEndpoint.get("list", "/admin/accounts", {
  query: {
    ...pageQuery,
    email_prefix: Schema.optionalKey(
      Schema.String.annotate({ description: "Only accounts whose email begins with this, sorted by email" })
    ),
    status: Schema.optionalKey(AccountStatus.annotate({ description: "Only accounts with this status" })),
    created_since: Schema.optionalKey(writtenInstant("Only accounts created at this instant or later")),
    created_before: Schema.optionalKey(writtenInstant("Only accounts created before this instant"))
  },
  success: HttpApiSchema.WithHeaders(AccountPage, pageLink),
  error: [...generalProblems, ValidationFailed.pipe(asProblem)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:read")).annotateMerge(OpenApi.annotations({
  identifier: "listAccounts",
  summary: "List accounts",
  description: "Accounts that are created between two pages neither repeat nor hide others."
})).annotateMerge(withParameters(limitParameter("accounts")))

const get = HttpApiEndpoint.get("get", "/admin/accounts/:id", {
  params: accountParams,
  success: versionedAccount,
  error: [...generalProblems, NotFound.pipe(asProblem)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:read")).annotateMerge(OpenApi.annotations({
  identifier: "getAccount",
  summary: "Show an account",
  description: "The account, with its version as `ETag`."
}))

const switching = (to: "disable" | "enable", summary: string, description: string) =>
  HttpApiEndpoint.post(to, `/admin/accounts/:id/${to}`, {
    params: accountParams,
    success: versionedAccount,
    error: [...generalProblems, NotFound.pipe(asProblem)]
  }).middleware(AdminAuthentication).annotateMerge(needs("accounts:write")).annotateMerge(OpenApi.annotations({
    identifier: `${to}Account`,
    summary,
    description
  }))

const disable = switching(
  "disable",
  "Disable an account",
  "Ends all of its sessions and refuses every sign-in. An account that is disabled stays so."
)

const enable = switching(
  "enable",
  "Enable an account",
  "Lets its holder sign in again. Sessions that ended stay ended."
)

const recover = HttpApiEndpoint.post("recover", "/admin/accounts/:id/recovery", {
  params: accountParams,
  success: ChallengeResource.pipe(HttpApiSchema.status(202)),
  error: [...generalProblems, NotFound.pipe(asProblem)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:write")).annotateMerge(OpenApi.annotations({
  identifier: "startRecoveryOf",
  summary: "Mail a recovery",
  description: "Mails the holder a code and a link, by which they set a new password themselves. If the account is " +
    "disabled, nothing is mailed."
}))

export class AdminAccountsApi extends HttpApiGroup.make("accounts").add(list, get, disable, enable, recover)
  .annotateMerge(OpenApi.annotations({ title: "Accounts", description: "Everybody's accounts." }))
{}
