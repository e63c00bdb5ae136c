import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AccountResource } from "../../../resources/AccountResource.ts"
import { ChallengeResource } from "../../../resources/ChallengeResource.ts"
import { text } from "../../../resources/Text.ts"
import { Authentication } from "../api/Authentication.ts"
import {
  challengeParams,
  EmailVerificationAnswer,
  RecoveryAnswer,
  RecoveryRequest,
  SignUpAnswer,
  SignUpRequest
} from "../api/ChallengeBodies.ts"
import { deviceCookie, deviceHeader } from "../api/Devices.ts"
import { bodyProblems, generalProblems, problems } from "../api/EndpointProblems.ts"
import { SecondFactorRequired } from "../api/FactorProblems.ts"
import { withParameters } from "../api/OperationParameters.ts"
import { ChallengeOver, InvalidCode, NotFound, OriginNotAllowed, Overloaded } from "../api/Problems.ts"
import { tooManyRequests } from "../api/TooManyRequests.ts"
import { newCookies, renewedSession, StartedSessionResource } from "../sessions/SessionsApi.ts"

const Started = ChallengeResource.pipe(HttpApiSchema.status(202))

const answerProblems = problems(InvalidCode, NotFound, ChallengeOver)

const startEmailVerification = HttpApiEndpoint.post("startEmailVerification", "/accounts/me/email-verification", {
  success: [Started, AccountResource],
  error: [...generalProblems, ...problems(NotFound), tooManyRequests]
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  summary: "Verify my email",
  description:
    "Mails a code and a link to the account's email. An earlier verification is over then. If the email is verified " +
    "already, the answer is the account, and nothing is mailed. 404 if the operator has emails verified by nobody."
}))

const answerEmailVerification = HttpApiEndpoint.post("answerEmailVerification", "/email-verifications/:id/answer", {
  params: challengeParams,
  payload: EmailVerificationAnswer,
  success: AccountResource,
  error: [...bodyProblems, ...answerProblems]
}).annotateMerge(OpenApi.annotations({
  summary: "Answer a verification",
  description: "Verifies the email of the account. Needs no session, because mails are often read on another device."
}))

const startRecovery = HttpApiEndpoint.post("startRecovery", "/recoveries", {
  payload: RecoveryRequest,
  success: Started,
  error: [...bodyProblems, tooManyRequests]
}).annotateMerge(OpenApi.annotations({
  summary: "Recover an account",
  description:
    "Mails a code and a link to the account with this email, if there is one. The answer, its time and the limits " +
    "are the same for every address. Of three recoveries that wait for an answer, a fourth mails nothing. A device " +
    "that signed in to the account before has limits of its own, which nobody else can use up."
})).annotateMerge(withParameters(deviceHeader, deviceCookie))

const answerRecovery = HttpApiEndpoint.post("answerRecovery", "/recoveries/:id/answer", {
  params: challengeParams,
  payload: RecoveryAnswer,
  success: renewedSession,
  error: [...bodyProblems, ...answerProblems, ...problems(SecondFactorRequired, OriginNotAllowed, Overloaded)]
}).annotateMerge(OpenApi.annotations({
  summary: "Answer a recovery",
  description:
    "Sets the new password, verifies the email, ends every session of the account and starts one. After a 422 the " +
    "same answer is good for another password. Where the account has a second factor, all this waits for it: see " +
    "`POST /sign-ins/{id}/factor`. But if no email of the account was ever verified, nobody has shown that the factors " +
    "are theirs: they are removed, and none is asked for."
})).annotateMerge(withParameters(deviceHeader, deviceCookie))

const startSignUp = HttpApiEndpoint.post("startSignUp", "/sign-ups", {
  payload: SignUpRequest,
  success: Started,
  error: [...bodyProblems, tooManyRequests]
}).annotateMerge(OpenApi.annotations({
  summary: "Sign up by mail",
  description:
    "Mails a code and a link to the address. If somebody has an account with it, they are told so instead, and " +
    "nobody else is: the answer, its time and the limits are the same for every address."
})).annotateMerge(withParameters(deviceHeader, deviceCookie))

const SignedUp = Schema.Struct({ account: AccountResource, session: StartedSessionResource }).annotate({
  identifier: "SignedUp",
  description: "A new account with its first session"
})

const answerSignUp = HttpApiEndpoint.post("answerSignUp", "/sign-ups/:id/answer", {
  params: challengeParams,
  payload: SignUpAnswer,
  success: HttpApiSchema.WithHeaders(SignedUp.pipe(HttpApiSchema.status(201)), {
    location: text("The address of the account, for its own token or cookie", "https://api.example.com/accounts/me"),
    "set-cookie": newCookies
  }),
  error: [...bodyProblems, ...answerProblems, ...problems(OriginNotAllowed, Overloaded)]
}).annotateMerge(OpenApi.annotations({
  summary: "Answer a sign-up",
  description:
    "Creates the account, whose email is verified, and starts a session. After a 422 the same answer is good for " +
    "another password."
})).annotateMerge(withParameters(deviceHeader, deviceCookie))

const resend = HttpApiEndpoint.post("resendChallenge", "/challenges/:id/resend", {
  params: challengeParams,
  success: Started,
  error: [...generalProblems, ...problems(NotFound, ChallengeOver), tooManyRequests]
}).annotateMerge(OpenApi.annotations({
  summary: "Mail a challenge again",
  description: "Mails the same code and link again, once `resend_at` has come."
})).annotateMerge(withParameters(deviceHeader, deviceCookie))

export class ChallengesApi extends HttpApiGroup.make("challenges").add(
  startSignUp,
  answerSignUp,
  startRecovery,
  answerRecovery,
  startEmailVerification,
  answerEmailVerification,
  resend
).annotateMerge(OpenApi.annotations({
  title: "Challenges",
  description: "What takes proof that one reads an address: a code of eight digits, or a link, from a mail."
})) {}
