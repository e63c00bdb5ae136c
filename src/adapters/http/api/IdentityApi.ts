/**
 * The whole public API. Clients import this: it holds no server code.
 */
import { HttpApi, OpenApi } from "effect/http-api"
import { AccountsApi } from "../accounts/AccountsApi.ts"
import { ChallengesApi } from "../challenges/ChallengesApi.ts"
import { EmailChangesApi } from "../challenges/EmailChangesApi.ts"
import { SignInLinksApi } from "../challenges/SignInLinksApi.ts"
import { FactorsApi } from "../factors/FactorsApi.ts"
import { PasskeysApi } from "../factors/PasskeysApi.ts"
import { SessionsApi } from "../sessions/SessionsApi.ts"
import { ABOUT, completeDocument } from "./OpenApiDocument.ts"

export class IdentityApi extends HttpApi.make("identity").add(
  AccountsApi,
  SessionsApi,
  FactorsApi,
  PasskeysApi,
  ChallengesApi,
  SignInLinksApi,
  EmailChangesApi
)
  // One answer names everything that is wrong.
  .annotate(HttpApi.QueryParseOptions, { errors: "all" })
  .annotateMerge(OpenApi.annotations({
    ...ABOUT,
    title: "identity",
    summary: "Accounts and sessions",
    description: "Signs people up, in and out. Refusals are RFC 9457 problems; members and endpoints may be added to " +
      "version 1, none will change or go.",
    transform: completeDocument
  }))
{}
