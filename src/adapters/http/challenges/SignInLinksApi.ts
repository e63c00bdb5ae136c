import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { ChallengeResource } from "../../../resources/ChallengeResource.ts"
import { challengeParams, SignInLinkAnswer, SignInLinkRequest } from "../api/ChallengeBodies.ts"
import { deviceCookie, deviceHeader } from "../api/Devices.ts"
import { bodyProblems, problems } from "../api/EndpointProblems.ts"
import { SecondFactorRequired } from "../api/FactorProblems.ts"
import { withParameters } from "../api/OperationParameters.ts"
import { ChallengeOver, InvalidCode, NotFound, OriginNotAllowed, VerificationRequired } from "../api/Problems.ts"
import { tooManyRequests } from "../api/TooManyRequests.ts"
import { startedSession } from "../sessions/SessionsApi.ts"

const start = HttpApiEndpoint.post("startSignInLink", "/sign-in-links", {
  payload: SignInLinkRequest,
  success: ChallengeResource.pipe(HttpApiSchema.status(202)),
  error: [...bodyProblems, ...problems(NotFound), tooManyRequests]
}).annotateMerge(OpenApi.annotations({
  summary: "Sign in by mail",
  description:
    "Mails a code and a link to the account with this email, if there is one. The answer, its time and the limits " +
    "are the same for every address. Of three that wait for an answer, a fourth mails nothing. 404 unless the " +
    "operator has set `IDENTITY_SIGN_IN_LINKS=on`."
})).annotateMerge(withParameters(deviceHeader, deviceCookie))

const answer = HttpApiEndpoint.post("answerSignInLink", "/sign-in-links/:id/answer", {
  params: challengeParams,
  payload: SignInLinkAnswer,
  success: startedSession,
  error: [
    ...bodyProblems,
    ...problems(InvalidCode, SecondFactorRequired, ChallengeOver, NotFound, OriginNotAllowed, VerificationRequired)
  ]
}).annotateMerge(OpenApi.annotations({
  summary: "Answer a mail that signs in",
  description: "Starts a session, whose `amr` is `email`. The email stays as verified as it was."
})).annotateMerge(withParameters(deviceHeader, deviceCookie))

export class SignInLinksApi extends HttpApiGroup.make("signInLinks").add(start, answer)
  .annotateMerge(OpenApi.annotations({
    title: "Sign-in links",
    description: "Signing in by a code or a link from a mail, where the operator permits it."
  }))
{}
