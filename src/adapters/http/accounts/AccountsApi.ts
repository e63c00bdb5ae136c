import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AccountExportResource } from "../../../resources/AccountExportResource.ts"
import { AccountResource } from "../../../resources/AccountResource.ts"
import { text } from "../../../resources/Text.ts"
import { Authentication } from "../api/Authentication.ts"
import { WrittenConfirmation, WrittenName, WrittenNewEmail, WrittenNewPassword } from "../api/BodyMembers.ts"
import { deviceCookie, deviceHeader } from "../api/Devices.ts"
import { confirmationProblems, generalProblems, idempotencyProblems, problems } from "../api/EndpointProblems.ts"
import { idempotencyHeaders } from "../api/IdempotencyHeaders.ts"
import { withParameters } from "../api/OperationParameters.ts"
import {
  EmailAlreadyExists,
  Overloaded,
  PreconditionRequired,
  ReauthenticationRequired,
  VerificationRequired,
  VersionConflict
} from "../api/Problems.ts"
import { tooManyRequests } from "../api/TooManyRequests.ts"
import { clearedCookie, renewedSession } from "../sessions/SessionsApi.ts"

/** The body of a sign-up. */
export const NewAccount = Schema.Struct({
  email: WrittenNewEmail,
  password: WrittenNewPassword,
  display_name: WrittenName
}).annotate({ identifier: "NewAccount", description: "A sign-up" })

/** The body of a change to an account. Members that are left out keep their values. */
export const AccountChange = Schema.Struct({
  email: Schema.optionalKey(WrittenNewEmail),
  display_name: Schema.optionalKey(WrittenName),
  current_password: WrittenConfirmation
}).annotate({ identifier: "AccountChange", description: "A change of one's own account" })

export const PasswordChange = Schema.Struct({
  current_password: WrittenConfirmation,
  new_password: WrittenNewPassword
}).annotate({ identifier: "PasswordChange", description: "A change of one's own password" })

export const AccountDeletion = Schema.Struct({ current_password: WrittenConfirmation }).annotate({
  identifier: "AccountDeletion",
  description: "The confirmation of a deletion"
})

const ifMatch = text("The `ETag` of the account as you read it. Without it the answer is 428.", "\"1\"")

export const etag = text("The account's version in quotes", "\"1\"")

export const versionedAccount = HttpApiSchema.WithHeaders(AccountResource, { etag })

/** `If-Match` is declared as optional, so that a request without it gets its own problem (428). */
export const needsVersion = withParameters({ name: "if-match", in: "header", required: true })

const create = HttpApiEndpoint.post("create", "/accounts", {
  headers: idempotencyHeaders,
  payload: NewAccount,
  success: HttpApiSchema.WithHeaders(AccountResource.pipe(HttpApiSchema.status(201)), {
    location: text("The address of the account, after signing in", "https://api.example.com/accounts/me")
  }),
  error: [
    ...idempotencyProblems,
    ...problems(EmailAlreadyExists, VerificationRequired, Overloaded),
    tooManyRequests
  ]
}).annotateMerge(OpenApi.annotations({
  identifier: "createAccount",
  summary: "Sign up",
  description: "Creates an account. It doesn't sign in: `POST /sessions` does."
}))

const me = HttpApiEndpoint.get("me", "/accounts/me", {
  success: versionedAccount,
  error: generalProblems
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "getMyAccount",
  summary: "Show my account",
  description: "The account of the current session."
}))

const exportAccount = HttpApiEndpoint.get("exportAccount", "/accounts/me/export", {
  success: AccountExportResource,
  error: [...generalProblems, ...problems(ReauthenticationRequired)]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "exportMyAccount",
  summary: "Take my data",
  description:
    "Needs an elevated session. Everything that is stored about the account: itself, the id that it was imported " +
    "with, its factors, the mails that wait and those of the last days, its live sessions, and what the audit log has " +
    "about it. Hashes and secrets are left out, and so are the names of administrators. An answer that was cut off is " +
    "no JSON."
}))

const change = HttpApiEndpoint.patch("change", "/accounts/me", {
  headers: { "if-match": Schema.optionalKey(ifMatch) },
  payload: AccountChange,
  success: versionedAccount,
  error: [...confirmationProblems, ...problems(EmailAlreadyExists, VersionConflict, PreconditionRequired)]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "changeMyAccount",
  summary: "Change my account",
  description:
    "Changes the email or the display name, if the account hasn't changed since you read it. `If-Match: *` accepts " +
    "any version. A new email needs the current password or an elevated session, and ends every other session. The " +
    "old email is free at once."
})).annotateMerge(needsVersion)

const changePassword = HttpApiEndpoint.put("changePassword", "/accounts/me/password", {
  payload: PasswordChange,
  success: renewedSession,
  error: confirmationProblems
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "changeMyPassword",
  summary: "Change my password",
  description:
    "Needs the current password or an elevated session. Ends every session of the account, including the current " +
    "one, and returns a new one. All known devices are forgotten. The current device gets a new secret."
})).annotateMerge(withParameters(deviceHeader, deviceCookie))

const remove = HttpApiEndpoint.delete("delete", "/accounts/me", {
  payload: AccountDeletion,
  success: HttpApiSchema.WithHeaders(HttpApiSchema.NoContent, { "set-cookie": clearedCookie }),
  error: confirmationProblems
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "deleteMyAccount",
  summary: "Delete my account",
  description:
    "Needs the current password or an elevated session. Removes the account and ends its sessions at once. Its email " +
    "is free again. This can't be undone."
}))

export class AccountsApi
  extends HttpApiGroup.make("accounts").add(create, me, exportAccount, change, changePassword, remove)
    .annotateMerge(OpenApi.annotations({ title: "Accounts", description: "Signing up, and one's own account." }))
{}
