/**
 * The refusal of an attempt over a limit. Its headers tell programs how long to wait and what the limit is (RFC 9110
 * §10.2.3, draft-ietf-httpapi-ratelimit-headers).
 */
import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { text } from "../../../resources/Text.ts"
import { asProblem, problem, problemFields } from "./ProblemForm.ts"

const kind = {
  code: "too-many-requests",
  status: 429,
  title: "Too many requests",
  explanation:
    "This was attempted too often, by you or by others with the same email or network, or by all callers together, " +
    "so it was not even looked at. Try again after the time in `Retry-After`; each further failure makes the next " +
    "wait longer."
} as const

const headers = {
  "retry-after": Schema.String,
  "ratelimit-policy": Schema.String.annotate({
    description:
      "The limit that refused, named by what was attempted and what is counted together (an email, a network, both, " +
      "an account or the whole service): `q` attempts in a row, all of them forgotten after `w` seconds",
    examples: ["\"sign-in-email-network\";q=10;w=36000"]
  }),
  ratelimit: text("What is left of it: `r` attempts for the next `t` seconds", "\"sign-in-email-network\";r=0;t=60")
}

export class TooManyRequests extends problem<TooManyRequests>()(kind.code, kind, {
  headers: Schema.Struct(headers)
}) {}

const Body = Schema.Struct(problemFields(kind)).annotate({
  identifier: "TooManyRequestsProblem",
  description: kind.title,
  httpApiStatus: kind.status
})

/** The problem of every endpoint where a caller could guess secrets or emails. */
export const tooManyRequests = TooManyRequests.pipe(
  HttpApiSchema.encodeToWithHeaders({ body: Body.pipe(asProblem), headers }, {
    decode: ({ body: { detail, request_id, type }, headers }) =>
      new TooManyRequests({ detail, request_id, type, headers }),
    encode: ({ headers, ...body }) => ({ headers, body })
  })
)
