import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AccountId, AccountStatus } from "../../../domain/model/Account.ts"
import { FactorId } from "../../../domain/model/Factor.ts"
import { AccountResource } from "../../../resources/AccountResource.ts"
import { ChallengeResource } from "../../../resources/ChallengeResource.ts"
import { text } from "../../../resources/Text.ts"
import { etag, needsVersion, versionedAccount } from "../accounts/AccountsApi.ts"
import { AdminAuthentication, needs } from "../api/AdminAuthentication.ts"
import {
  flag,
  optional,
  written,
  writtenId,
  writtenInstant,
  WrittenName,
  WrittenNewEmail,
  WrittenNewPassword
} from "../api/BodyMembers.ts"
import { bodyProblems, generalProblems, problems } from "../api/EndpointProblems.ts"
import { FactorList } from "../api/FactorBodies.ts"
import { withParameters } from "../api/OperationParameters.ts"
import { limitParameter, nextPage, pageLink, pageQuery } from "../api/PageQuery.ts"
import {
  EmailAlreadyExists,
  NotFound,
  Overloaded,
  PreconditionRequired,
  ValidationFailed,
  VersionConflict
} from "../api/Problems.ts"

export const accountParams = {
  id: writtenId(AccountId, "acct_02qo8ey96xw3vwzfm9q0jk5tc", "The `id` of an account")
}

const AccountPage = Schema.Struct({
  accounts: Schema.Array(AccountResource).annotate({ description: "The accounts of this page" }),
  next: nextPage
}).annotate({
  identifier: "AccountPage",
  description:
    "Accounts by creation or, with `email_prefix`, by email. A page may have fewer than requested, even none, " +
    "and still have `next`."
})

const list = HttpApiEndpoint.get("listAccounts", "/admin/accounts", {
  query: {
    ...pageQuery,
    ...optional({
      email_prefix: Schema.String.annotate({
        description: "Only accounts whose email begins with this, sorted by email"
      }),
      status: AccountStatus.annotate({ description: "Only accounts with this status" }),
      created_since: writtenInstant("Only accounts created at this instant or later"),
      created_before: writtenInstant("Only accounts created before this instant"),
      verified: flag("Only accounts whose email is verified, or isn't"),
      last_sign_in_before: writtenInstant(
        "Only accounts created before this instant to which nobody has signed in since"
      )
    })
  },
  success: HttpApiSchema.WithHeaders(AccountPage, pageLink),
  error: [...generalProblems, ...problems(ValidationFailed)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:read")).annotateMerge(OpenApi.annotations({
  summary: "List accounts",
  description: "Accounts that are created between two pages neither repeat nor hide others."
})).annotateMerge(withParameters(limitParameter("accounts")))

const get = HttpApiEndpoint.get("getAccount", "/admin/accounts/:id", {
  params: accountParams,
  success: versionedAccount,
  error: [...generalProblems, ...problems(NotFound)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:read")).annotateMerge(OpenApi.annotations({
  summary: "Show an account",
  description: "The account, with its version as `ETag`."
}))

export const Admission = Schema.Struct({
  email: WrittenNewEmail,
  display_name: WrittenName,
  ...optional({
    password: WrittenNewPassword,
    password_hash: written(Schema.RedactedFromValue(Schema.String, { label: "PasswordHash" }), {
      maxLength: 2048,
      description: "The hash of the password that its holder has, in a form that another system made. Without it and " +
        "`password`, a recovery is mailed",
      examples: ["$2b$10$abcdefghijklmnopqrstuuDbZ2tSGhBBpgAGpUYGEJ9Zk0qzkcyUG"]
    })
  })
}).pipe(
  Schema.check(Schema.makeFilter(({ password, password_hash }) =>
    password !== undefined && password_hash !== undefined
      ? { path: ["password_hash"], issue: "can't be given with `password`: one of the two, or neither" }
      : undefined
  ))
).annotate({ identifier: "AccountAdmission", description: "An account to be created" })

const create = HttpApiEndpoint.post("admitAccount", "/admin/accounts", {
  payload: Admission,
  success: HttpApiSchema.WithHeaders(AccountResource.pipe(HttpApiSchema.status(201)), {
    location: text("The address of the account", "/admin/accounts/acct_02qo8ey96xw3vwzfm9q0jk5tc"),
    etag
  }),
  error: [...bodyProblems, ...problems(EmailAlreadyExists, Overloaded)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:write")).annotateMerge(OpenApi.annotations({
  summary: "Create an account",
  description:
    "With a password, with the hash of one, or with neither: then its holder is mailed a recovery, by which " +
    "they set one."
}))

export const AccountAmendment = Schema.Struct(optional({
  email: WrittenNewEmail,
  email_verified: Schema.Boolean.annotate({
    description: "Whether the email is known to be the holder's",
    examples: [true]
  }),
  display_name: WrittenName
})).annotate({ identifier: "AccountAmendment", description: "A change of anybody's account" })

const ifMatch = {
  "if-match": Schema.optionalKey(
    text("The `ETag` of the account as you read it, or `*` for any. Without it the answer is 428.", "\"1\"")
  )
}

const conditional = problems(NotFound, VersionConflict, PreconditionRequired)

const change = HttpApiEndpoint.patch("changeAccount", "/admin/accounts/:id", {
  params: accountParams,
  headers: ifMatch,
  payload: AccountAmendment,
  success: versionedAccount,
  error: [...bodyProblems, ...conditional, ...problems(EmailAlreadyExists)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:write")).annotateMerge(OpenApi.annotations({
  summary: "Change an account",
  description:
    "Members that are left out stay as they are. A new email ends all sessions, isn't verified unless you say so, " +
    "and the old email is free at once."
})).annotateMerge(needsVersion)

const remove = HttpApiEndpoint.delete("deleteAccount", "/admin/accounts/:id", {
  params: accountParams,
  headers: ifMatch,
  success: HttpApiSchema.NoContent,
  error: [...generalProblems, ...conditional]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:write")).annotateMerge(OpenApi.annotations({
  summary: "Delete an account",
  description: "Removes the account and ends its sessions at once. Its email is free again. This can't be undone."
})).annotateMerge(needsVersion)

const disable = HttpApiEndpoint.post("disableAccount", "/admin/accounts/:id/disable", {
  params: accountParams,
  success: versionedAccount,
  error: [...generalProblems, ...problems(NotFound)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:write")).annotateMerge(OpenApi.annotations({
  summary: "Disable an account",
  description: "Ends all of its sessions and refuses every sign-in. An account that is disabled stays so."
}))

const enable = HttpApiEndpoint.post("enableAccount", "/admin/accounts/:id/enable", {
  params: accountParams,
  success: versionedAccount,
  error: [...generalProblems, ...problems(NotFound)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:write")).annotateMerge(OpenApi.annotations({
  summary: "Enable an account",
  description: "Lets its holder sign in again. Sessions that ended stay ended."
}))

const recover = HttpApiEndpoint.post("startRecoveryOf", "/admin/accounts/:id/recovery", {
  params: accountParams,
  success: ChallengeResource.pipe(HttpApiSchema.status(202)),
  error: [...generalProblems, ...problems(NotFound)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:write")).annotateMerge(OpenApi.annotations({
  summary: "Mail a recovery",
  description: "Mails the holder a code and a link, by which they set a new password themselves. If the account is " +
    "disabled, nothing is mailed."
}))

const listFactors = HttpApiEndpoint.get("listFactorsOf", "/admin/accounts/:id/factors", {
  params: accountParams,
  success: FactorList,
  error: [...generalProblems, ...problems(NotFound)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:read")).annotateMerge(OpenApi.annotations({
  summary: "List an account's second factors",
  description: "All of them, those that aren't confirmed yet included. Their secrets aren't shown."
}))

const removeFactor = HttpApiEndpoint.delete("removeFactorOf", "/admin/accounts/:id/factors/:factor_id", {
  params: {
    ...accountParams,
    factor_id: writtenId(FactorId, "fct_5m0tq1q8w3kz7v9x2c4b6n8a0", "The `id` of a second factor of the account")
  },
  success: HttpApiSchema.NoContent,
  error: [...generalProblems, ...problems(NotFound)]
}).middleware(AdminAuthentication).annotateMerge(needs("accounts:write")).annotateMerge(OpenApi.annotations({
  summary: "Remove a second factor",
  description:
    "For somebody who has lost theirs. The holder is told by mail. Make sure who asks: a recovery doesn't get " +
    "around second factors, but this does."
}))

export class AdminAccountsApi extends HttpApiGroup.make("accounts")
  .add(list, get, create, change, remove, disable, enable, recover, listFactors, removeFactor)
  .annotateMerge(OpenApi.annotations({ title: "Accounts", description: "Everybody's accounts." }))
{}
