/**
 * Tells programs what a token is worth (`POST /introspect`, RFC 7662): those that aren't sent it in the headers of an
 * HTTP request, such as readers of a queue.
 *
 * A token that isn't surely good is `{ "active": false }`, without the reason. While the store can't be asked, the
 * answer is 503, because callers would take `false` for a sign-out. Asking counts as using the session. Callers prove
 * nothing about themselves, so the listener has to be one that strangers can't reach.
 */
import { DateTime, Effect, Metric, Redacted } from "effect"
import type { Duration } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { lacksFactor, SecondFactorPolicy } from "../../../domain/factors/SecondFactorPolicy.ts"
import { SessionVerification } from "../../../domain/sessions/SessionVerification.ts"
import { introspections } from "../../../domain/telemetry/IdentityMetrics.ts"
import type { CurrentSession } from "../api/Authentication.ts"
import { MalformedRequest, UnsupportedMediaType } from "../api/Problems.ts"
import { readBody } from "../exchange/BodyLimit.ts"
import { isPlain } from "../exchange/JsonBody.ts"
import { problemResponse, refuse, refuseInput, storeOutage } from "../exchange/Refusals.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import type { RequestHead } from "../exchange/RequestContext.ts"

/** Answers introspections. `deadline` is how long a body may take to arrive. */
export const make = Effect.fnUntraced(function*(deadline: Duration.Duration) {
  const { verify } = yield* SessionVerification
  const policy = yield* SecondFactorPolicy
  const answered = (current: CurrentSession["Service"]) =>
    lacksFactor(policy, current.session) ? inactive : activeResponse(current)
  const introspect = Effect.gen(function*() {
    const token = yield* presentedToken(yield* CurrentRequest, deadline)
    return yield* verify(token).pipe(
      Effect.map(answered),
      Effect.catchTags({ ...storeOutage, SessionRequired: () => Effect.succeed(inactive) })
    )
  })
  return Effect.matchEffect(introspect, {
    onSuccess: (response) => counted(response === inactive ? "inactive" : "active", response),
    onFailure: (problem) => counted(problem.code, problemResponse(problem))
  })
})

const counted = (outcome: string, response: HttpServerResponse.HttpServerResponse) =>
  Effect.as(Metric.update(introspections(outcome), 1), response)

const inactive = HttpServerResponse.jsonUnsafe({ active: false })

const presentedToken = Effect.fnUntraced(function*(head: RequestHead, deadline: Duration.Duration) {
  if (!isForm(head)) return yield* refuse(UnsupportedMediaType, NO_FORM)
  const body = yield* readBody(yield* HttpServerRequest.HttpServerRequest, deadline)
  const text = new TextDecoder().decode(body)
  if (text.split("&", PARAMETERS_MAX + 1).length > PARAMETERS_MAX) return yield* refuse(MalformedRequest, TOO_MANY)
  const parameters = new URLSearchParams(text)
  // RFC 6749, section 3.1. Otherwise two parties could believe in different tokens.
  if (new Set(parameters.keys()).size < parameters.size) return yield* refuse(MalformedRequest, REPEATED)
  const token = parameters.get("token") ?? ""
  return token === ""
    ? yield* refuseInput([{ pointer: "/token", detail: "is missing" }])
    : Redacted.make(token, { label: "SessionToken" })
})

/** Each one costs, and RFC 7662 knows two. */
const PARAMETERS_MAX = 32

const TOO_MANY = "The form has too many parameters."

const NO_FORM =
  "The body has to be a form in UTF-8, not compressed, sent with `Content-Type: application/x-www-form-urlencoded`."

const REPEATED = "The form has a parameter twice."

const isForm = isPlain("application/x-www-form-urlencoded")

/** The names of RFC 7662, of OpenID Connect (`sid`, `auth_time`, `acr`) and of RFC 8176 (`amr`). */
const activeResponse = ({ account, session }: CurrentSession["Service"]) =>
  HttpServerResponse.jsonUnsafe({
    active: true,
    token_type: "Bearer",
    sub: account.id,
    sid: session.id,
    iat: seconds(session.createdAt),
    exp: seconds(session.expiresAt),
    auth_time: seconds(session.authenticatedAt),
    acr: `aal${session.aal}`,
    amr: session.amr
  })

/** Whole seconds since 1970, rounded down: nobody shall believe in a session that has expired. */
const seconds = (instant: DateTime.Utc): number => Math.floor(DateTime.toEpochMillis(instant) / 1000)
