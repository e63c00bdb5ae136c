import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { AccountResource } from "../../../resources/AccountResource.ts"
import { ChallengeResource } from "../../../resources/ChallengeResource.ts"
import { Authentication } from "../api/Authentication.ts"
import { challengeParams, EmailChangeAnswer, EmailChangeRequest, EmailChangeReversal } from "../api/ChallengeBodies.ts"
import { bodyProblems, confirmationProblems, generalProblems, problems } from "../api/EndpointProblems.ts"
import { ChallengeOver, EmailAlreadyExists, InvalidCode, NotFound } from "../api/Problems.ts"

const answerProblems = problems(InvalidCode, NotFound, ChallengeOver, EmailAlreadyExists)

const startEmailChange = HttpApiEndpoint.post("startEmailChange", "/accounts/me/email-change", {
  payload: EmailChangeRequest,
  success: ChallengeResource.pipe(HttpApiSchema.status(202)),
  error: confirmationProblems
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  summary: "Change my email",
  description:
    "Needs the current password or an elevated session. Mails a code and a link to the new email, which is the " +
    "account's `pending_email` until one of them is answered. An earlier change is over then. The answer is the same " +
    "whether or not somebody has the new email."
}))

const cancelEmailChange = HttpApiEndpoint.delete("cancelEmailChange", "/accounts/me/email-change", {
  success: HttpApiSchema.NoContent,
  error: generalProblems
}).middleware(Authentication).annotateMerge(OpenApi.annotations({
  summary: "Keep my email",
  description: "Nothing is pending afterwards, and the code and the link of an earlier change answer nothing."
}))

const answerEmailChange = HttpApiEndpoint.post("answerEmailChange", "/email-changes/:id/answer", {
  params: challengeParams,
  payload: EmailChangeAnswer,
  success: AccountResource,
  error: [...bodyProblems, ...answerProblems]
}).annotateMerge(OpenApi.annotations({
  summary: "Answer a change of email",
  description:
    "Gives the account its new email, verified, and tells both addresses. Needs no session, because mails are often " +
    "read on another device. A session of the account that is sent goes on; all others end. After a 409 the same " +
    "answer is good again, once nobody else has the email."
}))

const reverseEmailChange = HttpApiEndpoint.post("reverseEmailChange", "/email-changes/:id/reversal", {
  params: challengeParams,
  payload: EmailChangeReversal,
  success: AccountResource,
  error: [...bodyProblems, ...answerProblems]
}).annotateMerge(OpenApi.annotations({
  summary: "Take an account back",
  description:
    "Gives the account its old email back, with the token that the old address got in the notice of the change. Ends " +
    "every session, makes the password invalid, and mails a recovery to the old address. Works for 72 hours, " +
    "whatever happened to the account meanwhile. After a 409 somebody else has the old email by now: recover that " +
    "account, change its email or delete it, and send the same again."
}))

export class EmailChangesApi extends HttpApiGroup.make("emailChanges").add(
  startEmailChange,
  cancelEmailChange,
  answerEmailChange,
  reverseEmailChange
).annotateMerge(OpenApi.annotations({
  title: "Emails",
  description: "A new email is confirmed from the new address, and can be undone from the old one."
})) {}
