/**
 * `/authorize` as the API document shows it, which knows neither "any method" nor "any path below". `Authorize.ts`
 * answers it before the router is asked, so this is no part of `IdentityApi`.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { text } from "../../../resources/Text.ts"
import { Authentication } from "../api/Authentication.ts"
import { generalProblems, problems } from "../api/EndpointProblems.ts"
import { ReauthenticationRequired, ValidationFailed, VerificationRequired } from "../api/Problems.ts"

const option = (description: string, example: string) => Schema.optionalKey(text(description, example))

const Allowed = Schema.Void.annotate({ description: "Signed in. The headers say who" }).pipe(HttpApiSchema.status(200))

const authorize = HttpApiEndpoint.get("authorize", "/authorize", {
  query: {
    claims: option("Which of `email` and `name` the answer has, separated by a comma", "email,name"),
    aal: option("`2`: the session needs a second factor. `1` by default", "1"),
    verified: option("`1`: the account's email has to be verified", "0"),
    redirect: option("`1`: a navigation without a session is redirected to `IDENTITY_SIGN_IN_URL`", "1")
  },
  success: HttpApiSchema.WithHeaders(Allowed, {
    "identity-account-id": text("The account's `id`", "acct_02qo8ey96xw3vwzfm9q0jk5tc"),
    "identity-session-id": text("The session's `id`", "ses_5m0tq1q8w3kz7v9x2c4b6n8a0"),
    "identity-aal": text("The authenticator assurance level of the session: 1 or 2", "1"),
    "identity-amr": text("How its holder signed in, as the session's `amr`, separated by commas", "pwd"),
    "identity-authenticated-at": text("When its holder last proved who they are", "2026-03-01T12:00:00.123Z"),
    "identity-email": option("With `claims=email`: the account's email, percent-encoded", "ada%40example.com"),
    "identity-display-name": option("With `claims=name`: its display name, percent-encoded UTF-8", "Ada%20Lovelace")
  }),
  error: [...generalProblems, ...problems(ReauthenticationRequired, VerificationRequired, ValidationFailed)]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "authorize",
  summary: "Ask whether a request is signed in",
  description:
    "For gateways, before they pass a request on, with its `Authorization` and `Cookie`. Takes any method and any " +
    "path below `/authorize/`, where options come in the header `identity-authorize: claims=email,name; aal=2` of a " +
    "trusted proxy and not in the query, which is the visitor's. `X-Original-Method` or `X-Forwarded-Method` of a " +
    "trusted proxy is the method whose origin is checked. A redirection is 302. See `docs/guides/gateways.md`."
}))

export class AuthorizeApi extends HttpApiGroup.make("gateways").add(authorize)
  .annotateMerge(OpenApi.annotations({ title: "Gateways", description: "Checking sessions in front of applications." }))
{}
