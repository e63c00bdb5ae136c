import { Redacted, Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { SessionId } from "../../../domain/model/Session.ts"
import type { ElevatingFactor } from "../../../domain/sessions/Elevations.ts"
import { SessionResource } from "../../../resources/SessionResource.ts"
import { shownSecret, text } from "../../../resources/Text.ts"
import { Authentication } from "../api/Authentication.ts"
import { exactlyOne, optional, WrittenEmail, writtenId, WrittenPassword, WrittenTotp } from "../api/BodyMembers.ts"
import { deviceCookie, deviceHeader, deviceHeaders } from "../api/Devices.ts"
import { generalProblems, idempotencyProblems, passwordProblems, problems } from "../api/EndpointProblems.ts"
import { SecondFactorRequired } from "../api/FactorProblems.ts"
import { idempotencyHeaders } from "../api/IdempotencyHeaders.ts"
import { withParameters } from "../api/OperationParameters.ts"
import { limitParameter, nextPage, pageLink, pageQuery } from "../api/PageQuery.ts"
import { WrittenAssertion } from "../api/PasskeyBodies.ts"
import {
  InvalidCode,
  InvalidCredentials,
  NotFound,
  OriginNotAllowed,
  Overloaded,
  ValidationFailed,
  VerificationRequired
} from "../api/Problems.ts"
import { tooManyRequests } from "../api/TooManyRequests.ts"

/** `token` returns the session's secret to a program. `cookie` has a browser keep it out of reach of scripts. */
export const Transport = Schema.Literals(["token", "cookie"]).annotate({
  // No default, because client generators treat a member with a default as required.
  description:
    "How the session's secret is returned: as `token` in the answer, or in a cookie that scripts can't read. `token` " +
    "if this is left out"
})

export const SignIn = Schema.Struct({
  email: WrittenEmail,
  password: WrittenPassword,
  transport: Schema.optionalKey(Transport)
}).annotate({ identifier: "SignIn", description: "A sign-in" })

export const StartedSessionResource = Schema.Struct({
  ...SessionResource.fields,
  ...optional({
    token: shownSecret(
      "SessionToken",
      "The session's secret, at most 128 URL-safe characters. Shown only once, and not at all in cookie transport.",
      "k1.qN3v0b7y…"
    ),
    device: shownSecret(
      "DeviceCredential",
      "A secret that identifies this client at its next sign-in, at most 160 URL-safe characters. Not shown in " +
        "cookie transport. Keep it for a year, also after signing out, and send it as `identity-device`. Then " +
        "nobody else's guesses at the password can keep this client out.",
      "k1.02qo8ey9…"
    )
  })
}).annotate({ identifier: "StartedSession", description: "A new session" })

const SessionPage = Schema.Struct({
  sessions: Schema.Array(SessionResource).annotate({ description: "The sessions of this page" }),
  next: nextPage
}).annotate({
  identifier: "SessionPage",
  description: "Live sessions, newest first. A page may have fewer than requested, even none, and still have `next`."
})

export const clearedCookie = Schema.String.annotate({ description: "Clears the session cookie" })

export const newCookies = Schema.optionalKey(Schema.String.annotate({
  description: "In cookie transport the cookies of the session and, for a year, of the device"
}))

/** The answer to a sign-in. */
export const startedSession = HttpApiSchema.WithHeaders(StartedSessionResource.pipe(HttpApiSchema.status(201)), {
  location: text("The address of the session, for its own token or cookie", "https://api.example.com/sessions/me"),
  "set-cookie": newCookies
})

/** The answer of an endpoint that starts a session in the place of another one. */
export const renewedSession = HttpApiSchema.WithHeaders(StartedSessionResource, { "set-cookie": newCookies })

/** A passkey says whose it is. */
export const PasskeySignIn = Schema.Struct({
  passkey: WrittenAssertion,
  transport: Schema.optionalKey(Transport)
}).annotate({ identifier: "PasskeySignIn", description: "A sign-in by a passkey alone" })

const start = HttpApiEndpoint.post("start", "/sessions", {
  headers: { ...idempotencyHeaders, ...deviceHeaders },
  payload: Schema.Union([SignIn, PasskeySignIn]),
  success: startedSession,
  error: [
    ...idempotencyProblems,
    ...problems(InvalidCredentials, SecondFactorRequired, OriginNotAllowed, VerificationRequired, Overloaded),
    tooManyRequests
  ]
}).annotateMerge(OpenApi.annotations({
  identifier: "startSession",
  summary: "Sign in",
  description:
    "Starts a session. Unknown emails, wrong passwords and disabled accounts get the same refusal. So does a request " +
    "that is repeated with its idempotency key after the password or the email has changed or all sessions were " +
    "ended. A client that signed in to the account before, and sends `identity-device` or its cookie, has its own " +
    "budget of guesses."
})).annotateMerge(withParameters(deviceCookie))

const list = HttpApiEndpoint.get("list", "/sessions", {
  query: pageQuery,
  success: HttpApiSchema.WithHeaders(SessionPage, pageLink),
  error: [...generalProblems, ...problems(ValidationFailed)]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "listMySessions",
  summary: "List my sessions",
  description:
    "The live sessions of the current account, newest first. Sessions that start between two pages neither repeat " +
    "nor hide others. A cursor that is not from this list is refused."
})).annotateMerge(withParameters(limitParameter("sessions")))

const me = HttpApiEndpoint.get("me", "/sessions/me", {
  success: SessionResource,
  error: generalProblems
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "getMySession",
  summary: "Show my session",
  description: "The current session, with its account."
}))

export const Elevation = Schema.Struct(optional({
  current_password: WrittenPassword,
  totp: WrittenTotp,
  passkey: WrittenAssertion
})).pipe(Schema.check(exactlyOne("current_password", "totp", "passkey"))).annotate({
  identifier: "Elevation",
  description:
    "What proves anew who the holder of a session is: the current password if the account has no second factor, or " +
    "else one of its factors"
})

/** The factor that an elevation holds if it holds no password. */
export const factorIn = ({ passkey, totp = Redacted.make("") }: typeof Elevation.Type): ElevatingFactor =>
  passkey === undefined ? { type: "totp", code: totp } : { type: "passkey", assertion: passkey }

const elevate = HttpApiEndpoint.post("elevate", "/sessions/me/elevation", {
  payload: Elevation,
  success: renewedSession,
  error: [...passwordProblems, ...problems(InvalidCode, SecondFactorRequired)]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "elevateMySession",
  summary: "Prove again who I am",
  description:
    "Elevates the session for some minutes (`elevated_until`), so that it can change email or password or delete the " +
    "account without the current password. The session gets a new `id` and a new token, and the old one ends."
})).annotateMerge(withParameters(deviceHeader, deviceCookie))

const endMine = HttpApiEndpoint.delete("endMine", "/sessions/me", {
  success: HttpApiSchema.WithHeaders(HttpApiSchema.NoContent, { "set-cookie": clearedCookie }),
  error: generalProblems
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "endMySession",
  summary: "Sign out",
  description: "Ends the current session, on every server at once, and clears its cookie."
}))

const endAll = HttpApiEndpoint.delete("endAll", "/sessions", {
  success: HttpApiSchema.WithHeaders(HttpApiSchema.NoContent, { "set-cookie": clearedCookie }),
  error: generalProblems
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "endAllMySessions",
  summary: "Sign out everywhere",
  description: "Ends every session of the current account, including the current one."
}))

const end = HttpApiEndpoint.delete("end", "/sessions/:id", {
  params: {
    id: writtenId(SessionId, "ses_5m0tq1q8w3kz7v9x2c4b6n8a0", "The `id` of a session of the account")
  },
  success: HttpApiSchema.NoContent,
  error: [...generalProblems, ...problems(NotFound)]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "endSession",
  summary: "End one of my sessions",
  description: "Ends a session of the current account. Any other session is 404, and so is one that has already ended."
}))

export class SessionsApi extends HttpApiGroup.make("sessions").add(start, list, me, elevate, endMine, endAll, end)
  .annotateMerge(OpenApi.annotations({ title: "Sessions", description: "Signing in and out." }))
{}
