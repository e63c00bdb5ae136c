import { Effect, Option, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Challenges } from "../../../domain/challenges/Challenges.ts"
import { EmailChanges } from "../../../domain/challenges/EmailChanges.ts"
import { EmailVerifications } from "../../../domain/challenges/EmailVerifications.ts"
import { Recoveries } from "../../../domain/challenges/Recoveries.ts"
import { SignUps } from "../../../domain/challenges/SignUps.ts"
import type { Account } from "../../../domain/model/Account.ts"
import { AccountResource, accountResource, NOTHING_PENDING } from "../../../resources/AccountResource.ts"
import { challengeResource } from "../../../resources/ChallengeResource.ts"
import { CurrentSession } from "../api/Authentication.ts"
import {
  answerIn,
  EmailVerificationAnswer,
  RecoveryAnswer,
  RecoveryRequest,
  SignUpAnswer,
  SignUpRequest
} from "../api/ChallengeBodies.ts"
import type { RequestOf } from "../api/Endpoints.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import { ChallengeOver } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import { AllowedOrigins } from "../exchange/OriginCheck.ts"
import {
  answerRefusals,
  hashingOutage,
  newPasswordRefusal,
  refuse,
  secondFactor,
  storeOutage,
  storeRefusal,
  tooManyAttempts,
  turnedOff
} from "../exchange/Refusals.ts"
import { presentedDevice } from "../sessions/PresentedCredentials.ts"
import { makeSignInExchange } from "../sessions/SignInExchange.ts"

type Group = typeof IdentityApi.groups.challenges

export const layer = HttpApiBuilder.group(
  IdentityApi,
  "challenges",
  Effect.fnUntraced(function*(handlers) {
    const challenges = yield* Challenges
    const changes = yield* EmailChanges
    const recoveries = yield* Recoveries
    const signUps = yield* SignUps
    const verifications = yield* EmailVerifications
    const origins = yield* AllowedOrigins
    const signingIn = yield* makeSignInExchange

    const shown = (account: Account) =>
      Effect.map(changes.pendingOf([account]), (pending) => accountResource(account, pending))

    const startSignUp = ({ email }: typeof SignUpRequest.Type) =>
      Effect.flatMap(presentedDevice(origins), (device) => signUps.start(email, device)).pipe(
        Effect.map(challengeResource),
        Effect.catchTags({ ...storeRefusal, ...tooManyAttempts })
      )

    const answerSignUp = (
      { display_name: displayName, password, transport, ...given }: typeof SignUpAnswer.Type,
      { params: { id } }: RequestOf<Group, "answerSignUp">
    ) =>
      signingIn(
        transport,
        (presented) => signUps.answer({ ...presented, id, answer: answerIn(given), password, displayName }),
        { status: 201, location: "/accounts/me", around: signedUp }
      ).pipe(
        Effect.catchTags({ ...storeRefusal, ...answerRefusals, ...hashingOutage, ...newPasswordRefusal("/password") })
      )

    const startRecovery = ({ email }: typeof RecoveryRequest.Type) =>
      Effect.flatMap(presentedDevice(origins), (device) => recoveries.start(email, device)).pipe(
        Effect.map(challengeResource),
        Effect.catchTags({ ...storeRefusal, ...tooManyAttempts })
      )

    const answerRecovery = (
      { new_password: newPassword, transport, ...given }: typeof RecoveryAnswer.Type,
      { params: { id } }: RequestOf<Group, "answerRecovery">
    ) =>
      signingIn(
        transport,
        (presented) => recoveries.answer({ ...presented, id, answer: answerIn(given), newPassword }),
        { status: 200 }
      ).pipe(Effect.catchTags({
        ...storeRefusal,
        ...answerRefusals,
        ...hashingOutage,
        ...secondFactor,
        ...newPasswordRefusal("/new_password")
      }))

    const startEmailVerification = Effect.fnUntraced(
      function*() {
        const { account } = yield* CurrentSession
        const started = yield* verifications.start(account)
        return Option.isNone(started) ? yield* shown(account) : challengeResource(started.value)
      },
      Effect.catchTags({ ...storeOutage, ...tooManyAttempts, ...turnedOff("Verifications of emails") })
    )

    const answerEmailVerification = (
      given: typeof EmailVerificationAnswer.Type,
      { params: { id } }: RequestOf<Group, "answerEmailVerification">
    ) =>
      verifications.answer({ id, answer: answerIn(given) }).pipe(
        Effect.flatMap(shown),
        Effect.catchTags({ ...storeRefusal, ...answerRefusals })
      )

    const resendChallenge = ({ params }: RequestOf<Group, "resendChallenge">) =>
      Effect.flatMap(presentedDevice(origins), (device) => challenges.resend(params.id, device)).pipe(
        Effect.map(challengeResource),
        Effect.catchTags({ ...storeOutage, ...tooManyAttempts, ChallengeOver: () => refuse(ChallengeOver) })
      )

    return handlers.handleAll({ resendChallenge, startEmailVerification })
      .handleRaw("startSignUp", withPayload(SignUpRequest, startSignUp))
      .handleRaw("answerSignUp", withPayload(SignUpAnswer, answerSignUp))
      .handleRaw("startRecovery", withPayload(RecoveryRequest, startRecovery))
      .handleRaw("answerRecovery", withPayload(RecoveryAnswer, answerRecovery))
      .handleRaw("answerEmailVerification", withPayload(EmailVerificationAnswer, answerEmailVerification))
  })
)

const encodeAccount = Schema.encodeSync(AccountResource)

const signedUp = (session: object, account: Account) => ({
  account: encodeAccount(accountResource(account, NOTHING_PENDING)),
  session
})
