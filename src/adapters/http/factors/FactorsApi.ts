import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { FactorResource } from "../../../resources/FactorResource.ts"
import { Authentication } from "../api/Authentication.ts"
import { challengeParams } from "../api/ChallengeBodies.ts"
import { deviceCookie, deviceHeader } from "../api/Devices.ts"
import { bodyProblems, generalProblems, problems } from "../api/EndpointProblems.ts"
import {
  EnrolledFactorResource,
  FactorAnswer,
  FactorChange,
  FactorConfirmation,
  FactorList,
  factorParams,
  NewFactor
} from "../api/FactorBodies.ts"
import { LastFactor, TooManyFactors } from "../api/FactorProblems.ts"
import { withParameters } from "../api/OperationParameters.ts"
import { ChallengeOver, InvalidCode, NotFound, OriginNotAllowed, ReauthenticationRequired } from "../api/Problems.ts"
import { tooManyRequests } from "../api/TooManyRequests.ts"
import { startedSession } from "../sessions/SessionsApi.ts"

const elevated = problems(ReauthenticationRequired)

const list = HttpApiEndpoint.get("listFactors", "/accounts/me/factors", {
  success: FactorList,
  error: generalProblems
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "listMyFactors",
  summary: "List my factors",
  description: "All second factors of the account, those that aren't confirmed yet included."
}))

const enrol = HttpApiEndpoint.post("enrolFactor", "/accounts/me/factors", {
  payload: NewFactor,
  success: EnrolledFactorResource.pipe(HttpApiSchema.status(201)),
  error: [...bodyProblems, ...elevated, ...problems(NotFound, TooManyFactors)]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "enrolMyFactor",
  summary: "Enrol a factor",
  description:
    "Needs an elevated session. The answer to `totp` has the secret, once; the factor counts when it is confirmed, " +
    "within an hour. The answer to `recovery_codes` has ten codes, once; they take the place of earlier ones at " +
    "once, and are asked for only beside another factor. 404 where the operator lets nobody enrol."
}))

const confirm = HttpApiEndpoint.post("confirmFactor", "/accounts/me/factors/:id/confirm", {
  params: factorParams,
  payload: FactorConfirmation,
  success: FactorResource,
  error: [...bodyProblems, ...problems(InvalidCode, NotFound, ChallengeOver), tooManyRequests]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "confirmMyFactor",
  summary: "Confirm a factor",
  description:
    "Shows that the authenticator application works. From then on every sign-in asks for the factor. Every other " +
    "session of the account ends, unless `end_other_sessions` is false."
}))

const rename = HttpApiEndpoint.patch("renameFactor", "/accounts/me/factors/:id", {
  params: factorParams,
  payload: FactorChange,
  success: FactorResource,
  error: [...bodyProblems, ...elevated, ...problems(NotFound)]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "renameMyFactor",
  summary: "Rename a factor",
  description: "Needs an elevated session."
}))

const remove = HttpApiEndpoint.delete("removeFactor", "/accounts/me/factors/:id", {
  params: factorParams,
  success: HttpApiSchema.NoContent,
  error: [...generalProblems, ...elevated, ...problems(NotFound, LastFactor)]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  identifier: "removeMyFactor",
  summary: "Remove a factor",
  description: "Needs an elevated session. Where everybody needs a second factor, the last one stays."
}))

const complete = HttpApiEndpoint.post("completeSignIn", "/sign-ins/:id/factor", {
  params: challengeParams,
  payload: FactorAnswer,
  success: startedSession,
  error: [...bodyProblems, ...problems(InvalidCode, NotFound, ChallengeOver, OriginNotAllowed), tooManyRequests]
}).annotateMerge(OpenApi.annotations({
  summary: "Give the second factor",
  description:
    "Starts the session for which a sign-in or a recovery was answered `second-factor-required`. A code is good " +
    "once. Wrong ones count like wrong passwords, and five tries end the sign-in. The new password of a recovery is " +
    "set now."
})).annotateMerge(withParameters(deviceHeader, deviceCookie))

export class FactorsApi extends HttpApiGroup.make("factors").add(list, enrol, confirm, rename, remove, complete)
  .annotateMerge(OpenApi.annotations({
    title: "Factors",
    description: "What people have besides a password: authenticator applications, passkeys and recovery codes."
  }))
{}
