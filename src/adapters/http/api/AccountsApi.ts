import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AccountStatus, DisplayName } from "../../../domain/model/Account.ts"
import { Email } from "../../../domain/model/Email.ts"
import { NewPassword } from "../../../domain/model/Password.ts"
import { Authentication } from "./Authentication.ts"
import { Instant } from "./Instant.ts"
import { asProblem, bodyProblems, EmailAlreadyExists, generalProblems, Overloaded } from "./Problems.ts"

/** What somebody who signs up says of themselves. */
export const NewAccount = Schema.Struct({
  email: Email,
  password: NewPassword,
  display_name: DisplayName
}).annotate({ identifier: "NewAccount", description: "Somebody who signs up" })

export const AccountResource = Schema.Struct({
  id: Schema.String.annotate({ description: "Sorts by creation", examples: ["acct_02qo8ey96xw3vwzfm9q0jk5tc"] }),
  email: Schema.String.annotate({ examples: ["ada@example.com"] }),
  email_verified: Schema.Boolean,
  display_name: Schema.String.annotate({ examples: ["Ada Lovelace"] }),
  status: AccountStatus,
  created_at: Instant,
  updated_at: Instant,
  version: Schema.Int.annotate({ description: "1 at first; grows by 1 with every change", examples: [1] })
}).annotate({ identifier: "Account", description: "An account" })

const create = HttpApiEndpoint.post("create", "/accounts", {
  payload: NewAccount,
  success: HttpApiSchema.WithHeaders(AccountResource.pipe(HttpApiSchema.status(201)), {
    location: Schema.String.annotate({ examples: ["/accounts/me"] })
  }),
  error: [...generalProblems, ...bodyProblems, EmailAlreadyExists.pipe(asProblem), Overloaded.pipe(asProblem)]
}).annotateMerge(OpenApi.annotations({
  identifier: "createAccount",
  summary: "Sign up",
  description: "Creates an account. That does not sign it in: `POST /sessions` does."
}))

const me = HttpApiEndpoint.get("me", "/accounts/me", {
  success: HttpApiSchema.WithHeaders(AccountResource, {
    etag: Schema.String.annotate({ description: "The account's version in quotes", examples: ["\"1\""] })
  }),
  error: [...generalProblems]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "getMyAccount",
  summary: "Show my account",
  description: "The account whose session asks."
}))

export class AccountsApi extends HttpApiGroup.make("accounts").add(create, me).annotateMerge(
  OpenApi.annotations({ title: "Accounts", description: "Signing up, and one's own account." })
) {}
