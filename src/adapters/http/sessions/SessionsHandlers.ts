import { Effect, Option } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import { PasskeySignIns } from "../../../domain/enrolments/PasskeySignIns.ts"
import { Elevations } from "../../../domain/sessions/Elevations.ts"
import { Sessions } from "../../../domain/sessions/Sessions.ts"
import { currentSessionJson, sessionResource } from "../../../resources/SessionResource.ts"
import { CurrentSession } from "../api/Authentication.ts"
import type { RequestOf } from "../api/Endpoints.ts"
import { SecondFactorRequired } from "../api/FactorProblems.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import { pageIn } from "../api/PageQuery.ts"
import { InvalidCode, InvalidCredentials, NotFound, SessionRequired, VerificationRequired } from "../api/Problems.ts"
import { byMember, withPayload } from "../exchange/JsonBody.ts"
import { AllowedOrigins } from "../exchange/OriginCheck.ts"
import {
  idempotencyConflicts,
  invalidCursor,
  passwordRefusals,
  refuse,
  secondFactor,
  storeOutage,
  storeRefusal,
  tooManyAttempts
} from "../exchange/Refusals.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import { isByCookie, presentedDevice } from "./PresentedCredentials.ts"
import { signedOut, startedSessionResponse } from "./SessionResources.ts"
import { Elevation, factorIn, PasskeySignIn, SignIn } from "./SessionsApi.ts"
import { makeSignInExchange } from "./SignInExchange.ts"

export const layer = HttpApiBuilder.group(
  IdentityApi,
  "sessions",
  Effect.fnUntraced(function*(handlers) {
    const elevations = yield* Elevations
    const passkeys = yield* PasskeySignIns
    const sessions = yield* Sessions
    const origins = yield* AllowedOrigins
    const signingIn = yield* makeSignInExchange

    const start = (
      { email, password, transport = "token" }: typeof SignIn.Type,
      { headers: { "idempotency-key": idempotencyKey } }: RequestOf<typeof IdentityApi.groups.sessions, "start">
    ) =>
      signingIn(
        transport,
        (presented) => sessions.signIn({ ...presented, email, password, transport, idempotencyKey })
      ).pipe(Effect.catchTags({
        ...passwordRefusals,
        ...idempotencyConflicts,
        ...secondFactor,
        InvalidCredentials: () => refuse(InvalidCredentials),
        VerificationRequired: () => refuse(VerificationRequired)
      }))

    const startByPasskey = ({ passkey, transport }: typeof PasskeySignIn.Type) =>
      signingIn(transport, (presented) => passkeys.signIn({ ...presented, assertion: passkey })).pipe(Effect.catchTags({
        ...storeRefusal,
        ...tooManyAttempts,
        InvalidCredentials: () => refuse(InvalidCredentials),
        VerificationRequired: () => refuse(VerificationRequired)
      }))

    const me = () => Effect.map(CurrentSession, currentSessionResponse)

    const elevate = Effect.fnUntraced(
      function*(proof: typeof Elevation.Type) {
        const request = { ...(yield* CurrentSession), device: yield* presentedDevice(origins) }
        const elevated = proof.current_password === undefined
          ? yield* elevations.byFactor(request, factorIn(proof))
          : yield* elevations.byPassword(request, proof.current_password)
        return yield* startedSessionResponse(elevated, { status: 200, byCookie: yield* isByCookie })
      },
      Effect.catchTags({
        ...passwordRefusals,
        InvalidCode: () => refuse(InvalidCode),
        InvalidCredentials: () => refuse(InvalidCredentials),
        SecondFactorNeeded: () => refuse(SecondFactorRequired),
        SessionRequired: () => refuse(SessionRequired)
      })
    )

    const list = Effect.fnUntraced(
      function*({ query }: RequestOf<typeof IdentityApi.groups.sessions, "list">) {
        const { account, session } = yield* CurrentSession
        const asked = pageIn(query)
        const page = yield* sessions.list(account.id, asked)
        const body = {
          sessions: page.items.map((item) => sessionResource(item, account, session.id)),
          next: Option.getOrNull(page.next)
        }
        return HttpApiSchema.withHeaders({ body, headers: yield* linkTo(page.next, asked.limit) })
      },
      Effect.catchTags({ ...storeOutage, ...invalidCursor })
    )

    const endMine = () =>
      CurrentSession.pipe(
        Effect.flatMap(({ session }) => sessions.signOut(session)),
        Effect.as(signedOut),
        Effect.catchTags(storeOutage)
      )

    const endAll = () =>
      CurrentSession.pipe(
        Effect.flatMap(({ account }) => sessions.revokeAll(account.id)),
        // An account that was deleted in the meantime has no sessions left, so the request has its effect.
        Effect.catchTags({ ...storeOutage, AccountNotFound: () => Effect.void }),
        Effect.as(signedOut)
      )

    const end = ({ params }: RequestOf<typeof IdentityApi.groups.sessions, "end">) =>
      CurrentSession.pipe(
        Effect.flatMap(({ account }) => sessions.endOne(account.id, params.id)),
        Effect.catchTags({ ...storeOutage, SessionNotFound: () => refuse(NotFound) })
      )

    return handlers.handleAll({ me, list, endMine, endAll, end })
      .handleRaw("start", byMember("passkey", withPayload(PasskeySignIn, startByPasskey), withPayload(SignIn, start)))
      .handleRaw("elevate", withPayload(Elevation, elevate))
  })
)

/** The answer to `GET /sessions/me`. `DirectSessionCheck` uses it, too. */
export const currentSessionResponse = (
  { account, session }: CurrentSession["Service"]
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(currentSessionJson(session, account), { contentType: "application/json" })

const linkTo = (next: Option.Option<string>, limit: number) =>
  Effect.map(CurrentRequest, ({ publicUrl }) =>
    Option.match(next, {
      onNone: () => ({}),
      onSome: (cursor) => ({
        link: `<${publicUrl}/sessions?limit=${limit}&after=${encodeURIComponent(cursor)}>; rel="next"`
      })
    }))
