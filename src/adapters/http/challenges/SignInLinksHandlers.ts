import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { SignInLinks } from "../../../domain/challenges/SignInLinks.ts"
import { challengeResource } from "../../../resources/ChallengeResource.ts"
import { answerIn, SignInLinkAnswer, SignInLinkRequest } from "../api/ChallengeBodies.ts"
import type { RequestOf } from "../api/Endpoints.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import { VerificationRequired } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import { AllowedOrigins } from "../exchange/OriginCheck.ts"
import { answerRefusals, refuse, secondFactor, storeRefusal, tooManyAttempts, turnedOff } from "../exchange/Refusals.ts"
import { presentedDevice } from "../sessions/PresentedCredentials.ts"
import { makeSignInExchange } from "../sessions/SignInExchange.ts"

const linksOff = turnedOff("Sign-in links")

export const layer = HttpApiBuilder.group(
  IdentityApi,
  "signInLinks",
  Effect.fnUntraced(function*(handlers) {
    const links = yield* SignInLinks
    const origins = yield* AllowedOrigins
    const signingIn = yield* makeSignInExchange

    const start = ({ email }: typeof SignInLinkRequest.Type) =>
      Effect.flatMap(presentedDevice(origins), (device) => links.start(email, device)).pipe(
        Effect.map(challengeResource),
        Effect.catchTags({ ...storeRefusal, ...tooManyAttempts, ...linksOff })
      )

    const answer = (
      payload: typeof SignInLinkAnswer.Type,
      { params }: RequestOf<typeof IdentityApi.groups.signInLinks, "answerSignInLink">
    ) =>
      signingIn(
        payload.transport,
        (presented) => links.answer({ ...presented, id: params.id, answer: answerIn(payload) })
      ).pipe(Effect.catchTags({
        ...storeRefusal,
        ...answerRefusals,
        ...secondFactor,
        ...linksOff,
        VerificationRequired: () => refuse(VerificationRequired)
      }))

    return handlers.handleRaw("startSignInLink", withPayload(SignInLinkRequest, start))
      .handleRaw("answerSignInLink", withPayload(SignInLinkAnswer, answer))
  })
)
