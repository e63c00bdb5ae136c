import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AccountId } from "../../../domain/model/Account.ts"
import { WrittenNetwork } from "../../../domain/model/IpAddress.ts"
import { SessionId, TextToFind } from "../../../domain/model/Session.ts"
import { SessionMembersResource } from "../../../resources/SessionResource.ts"
import { AdminAuthentication, needs } from "../api/AdminAuthentication.ts"
import { optional, written, writtenId, writtenInstant } from "../api/BodyMembers.ts"
import { bodyProblems, generalProblems, problems } from "../api/EndpointProblems.ts"
import { withParameters } from "../api/OperationParameters.ts"
import { limitParameter, nextPage, pageLink, pageQuery } from "../api/PageQuery.ts"
import { NotFound, ValidationFailed } from "../api/Problems.ts"
import { accountParams } from "./AdminAccountsApi.ts"

const AccountSessionPage = Schema.Struct({
  sessions: Schema.Array(SessionMembersResource).annotate({ description: "The sessions of this page" }),
  next: nextPage
}).annotate({
  identifier: "AccountSessionPage",
  description: "Live sessions of an account, newest first. A page may have fewer than requested, and still have `next`."
})

const list = HttpApiEndpoint.get("listSessionsOf", "/admin/accounts/:id/sessions", {
  params: accountParams,
  query: pageQuery,
  success: HttpApiSchema.WithHeaders(AccountSessionPage, pageLink),
  error: [...generalProblems, ...problems(NotFound, ValidationFailed)]
}).middleware(AdminAuthentication).annotateMerge(needs("sessions:read")).annotateMerge(OpenApi.annotations({
  summary: "List an account's sessions",
  description: "Its live sessions, newest first."
})).annotateMerge(withParameters(limitParameter("sessions")))

const endAll = HttpApiEndpoint.delete("endSessionsOf", "/admin/accounts/:id/sessions", {
  params: accountParams,
  success: HttpApiSchema.NoContent,
  error: [...generalProblems, ...problems(NotFound)]
}).middleware(AdminAuthentication).annotateMerge(needs("sessions:revoke")).annotateMerge(OpenApi.annotations({
  summary: "End an account's sessions",
  description: "Ends all of them, on every server at once."
}))

const end = HttpApiEndpoint.delete("endSessionOf", "/admin/accounts/:id/sessions/:session_id", {
  params: {
    ...accountParams,
    session_id: writtenId(SessionId, "ses_5m0tq1q8w3kz7v9x2c4b6n8a0", "The `id` of a session of the account")
  },
  success: HttpApiSchema.NoContent,
  error: [...generalProblems, ...problems(NotFound)]
}).middleware(AdminAuthentication).annotateMerge(needs("sessions:revoke")).annotateMerge(OpenApi.annotations({
  summary: "End one session of an account",
  description: "A session of another account is 404, and so is one that has already ended."
}))

export const SessionRevocation = Schema.Struct(optional({
  account_id: written(AccountId, {
    maxLength: 30,
    description: "Only sessions of this account",
    examples: ["acct_02qo8ey96xw3vwzfm9q0jk5tc"]
  }),
  all_accounts: Schema.Literal(true).annotate({
    description: "Sessions of every account. This or `account_id` is needed"
  }),
  created_before: writtenInstant("Only sessions started earlier"),
  ip: written(WrittenNetwork, {
    maxLength: 100,
    description: "Only sessions started from this address or network",
    examples: ["192.0.2.0/24"]
  }),
  user_agent: written(TextToFind, {
    minLength: 1,
    maxLength: 512,
    description: "Only sessions whose user agent contains this, ignoring case",
    examples: ["curl"]
  }),
  dry_run: Schema.Boolean.annotate({ description: "Only count, and end nothing" })
})).annotate({ identifier: "SessionRevocation", description: "Which sessions to end" })

const RevokedSessions = Schema.Struct({
  sessions: Schema.Int.annotate({ description: "How many sessions ended, or would end", examples: [12] }),
  accounts: Schema.Int.annotate({ description: "How many accounts they belonged to", examples: [3] }),
  dry_run: Schema.Boolean.annotate({ description: "Whether nothing was ended", examples: [false] })
}).annotate({ identifier: "RevokedSessions", description: "What a revocation did" })

const revoke = HttpApiEndpoint.post("revokeSessions", "/admin/session-revocations", {
  payload: SessionRevocation,
  success: RevokedSessions,
  error: [...bodyProblems, ...problems(NotFound)]
}).middleware(AdminAuthentication).annotateMerge(needs("sessions:revoke")).annotateMerge(OpenApi.annotations({
  summary: "End sessions by what they have in common",
  description:
    "Ends the live sessions that match, of one account or of all. Sessions that start meanwhile may escape; " +
    "`created_before` makes the set definite. Repeat it if it was cut off: what has ended stays ended."
}))

export class AdminSessionsApi extends HttpApiGroup.make("sessions").add(list, endAll, end, revoke)
  .annotateMerge(OpenApi.annotations({ title: "Sessions", description: "Everybody's sessions." }))
{}
