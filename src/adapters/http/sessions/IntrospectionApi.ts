/**
 * `/introspect` as the API document shows it. The management listener answers it (`Introspection.ts`), so this is no
 * part of `IdentityApi`.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { text } from "../../../resources/Text.ts"
import { bodyProblems } from "../api/EndpointProblems.ts"

/** Where the management listener is unless the operator has moved it. */
const MANAGEMENT = "http://127.0.0.1:9090"

/** RFC 7662 lets callers send more. */
const Question = Schema.StructWithRest(
  Schema.Struct({ token: text("The token, as its holder would send it", "$TOKEN") }),
  [Schema.Record(Schema.String, Schema.String)]
)

const seconds = (description: string, example: number) =>
  Schema.Int.annotate({ description: `${description}, in seconds since 1970`, examples: [example] })

const ActiveToken = Schema.Struct({
  active: Schema.Literal(true).annotate({ description: "The session is live" }),
  token_type: Schema.Literal("Bearer").annotate({ description: "The kind of token" }),
  sub: text("The account's `id`", "acct_02qo8ey96xw3vwzfm9q0jk5tc"),
  sid: text("The session's `id`", "ses_5m0tq1q8w3kz7v9x2c4b6n8a0"),
  iat: seconds("When the session began", 1_772_366_400),
  exp: seconds("When the session ends unless it is used before", 1_772_971_200),
  auth_time: seconds("When its holder last proved who they are", 1_772_366_400),
  acr: Schema.Literals(["aal1", "aal2"]).annotate({ description: "The authenticator assurance level" }),
  amr: Schema.Array(Schema.String).annotate({
    description: "How its holder signed in, in the names of RFC 8176",
    examples: [["pwd"]]
  })
}).annotate({ identifier: "ActiveToken", description: "What is known of a token that is good" })

const InactiveToken = Schema.Struct({
  active: Schema.Literal(false).annotate({ description: "The token isn't surely good. Nobody is told why" })
}).annotate({ identifier: "InactiveToken", description: "All that is said of any other token" })

const introspect = HttpApiEndpoint.post("introspect", "/introspect", {
  payload: Question.pipe(HttpApiSchema.asFormUrlEncoded()),
  success: Schema.Union([ActiveToken, InactiveToken]).annotate({ description: "What the token is worth" }),
  error: bodyProblems
}).annotateMerge(OpenApi.annotations({
  summary: "Ask what a token is worth",
  description:
    "RFC 7662, for programs that get a token another way than in a request. The management listener alone answers it, " +
    "to everybody who reaches it. Asking counts as using the session. With `IDENTITY_SECOND_FACTOR=required`, a " +
    "session without a second factor is not good. See `docs/guides/gateways.md`.",
  override: { servers: [{ url: MANAGEMENT, description: "The management listener" }] }
}))

export class IntrospectionApi extends HttpApiGroup.make("introspection").add(introspect)
  .annotateMerge(OpenApi.annotations({
    title: "Introspection",
    description: "Asking about tokens at the management listener."
  }))
{}
