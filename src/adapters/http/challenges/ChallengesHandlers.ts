import { Array, Effect, Option, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Challenges } from "../../../domain/challenges/Challenges.ts"
import { EmailChanges } from "../../../domain/challenges/EmailChanges.ts"
import { EmailVerifications } from "../../../domain/challenges/EmailVerifications.ts"
import { Recoveries } from "../../../domain/challenges/Recoveries.ts"
import { SignUps } from "../../../domain/challenges/SignUps.ts"
import type { Account } from "../../../domain/model/Account.ts"
import { SessionPolicy } from "../../../domain/sessions/SessionPolicy.ts"
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
import type { ChallengeParams } from "../api/ChallengeBodies.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import { ChallengeOver, InvalidCode, OriginNotAllowed } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import { AllowedOrigins, comesFromForeignOrigin } from "../exchange/OriginCheck.ts"
import {
  hashingOutage,
  invalidPassword,
  refuse,
  refuseInput,
  secondFactor,
  storeOutage,
  storeRefusal,
  tooManyAttempts,
  turnedOff
} from "../exchange/Refusals.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import { presentedDevice } from "../sessions/PresentedCredentials.ts"
import { currentClient, startedSessionResponse } from "../sessions/SessionResources.ts"

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
    const { maxLifetime } = yield* SessionPolicy

    const shown = (account: Account) =>
      Effect.map(changes.pendingOf([account]), (pending) => accountResource(account, pending))

    const startSignUp = ({ email }: typeof SignUpRequest.Type) =>
      Effect.flatMap(presentedDevice(origins), (device) => signUps.start(email, device)).pipe(
        Effect.map(challengeResource),
        Effect.catchTags({ ...storeRefusal, ...tooManyAttempts })
      )

    const answerSignUp = Effect.fnUntraced(
      function*(payload: typeof SignUpAnswer.Type, { params }: ChallengeParams) {
        const request = yield* CurrentRequest
        const byCookie = payload.transport === "cookie"
        if (byCookie && comesFromForeignOrigin(request, origins)) return yield* refuse(OriginNotAllowed)
        const started = yield* signUps.answer({
          id: params.id,
          answer: answerIn(payload),
          password: payload.password,
          displayName: payload.display_name,
          client: yield* currentClient,
          device: yield* presentedDevice(origins)
        })
        const account = yield* encodeAccount(accountResource(started.account, NOTHING_PENDING))
        return yield* startedSessionResponse(started, {
          status: 201,
          byCookie,
          maxLifetime,
          headers: { location: `${request.publicUrl}/accounts/me` },
          around: (session) => ({ account, session })
        })
      },
      Effect.catchTags({
        ...answerRefusals,
        ...hashingOutage,
        PasswordRejected: ({ refusals }) => refuseInput(Array.map(refusals, invalidPassword("/password")))
      })
    )

    const startRecovery = ({ email }: typeof RecoveryRequest.Type) =>
      Effect.flatMap(presentedDevice(origins), (device) => recoveries.start(email, device)).pipe(
        Effect.map(challengeResource),
        Effect.catchTags({ ...storeRefusal, ...tooManyAttempts })
      )

    const answerRecovery = Effect.fnUntraced(
      function*(payload: typeof RecoveryAnswer.Type, { params }: ChallengeParams) {
        const byCookie = payload.transport === "cookie"
        if (byCookie && comesFromForeignOrigin(yield* CurrentRequest, origins)) return yield* refuse(OriginNotAllowed)
        const started = yield* recoveries.answer({
          id: params.id,
          answer: answerIn(payload),
          newPassword: payload.new_password,
          client: yield* currentClient,
          device: yield* presentedDevice(origins)
        })
        return yield* startedSessionResponse(started, { status: 200, byCookie, maxLifetime })
      },
      Effect.catchTags({
        ...answerRefusals,
        ...hashingOutage,
        ...secondFactor,
        PasswordRejected: ({ refusals }) => refuseInput(Array.map(refusals, invalidPassword("/new_password")))
      })
    )

    const startEmailVerification = Effect.fnUntraced(
      function*() {
        const { account } = yield* CurrentSession
        const started = yield* verifications.start(account)
        return Option.isNone(started) ? yield* shown(account) : challengeResource(started.value)
      },
      Effect.catchTags({ ...storeOutage, ...tooManyAttempts, ...turnedOff("Verifications of emails") })
    )

    const answerEmailVerification = (
      payload: typeof EmailVerificationAnswer.Type,
      { params }: ChallengeParams
    ) =>
      verifications.answer({ id: params.id, answer: answerIn(payload) }).pipe(
        Effect.flatMap(shown),
        Effect.catchTags(answerRefusals)
      )

    const resendChallenge = ({ params }: ChallengeParams) =>
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

const encodeAccount = (account: typeof AccountResource.Type) =>
  Effect.orDie(Schema.encodeEffect(AccountResource)(account))

const answerRefusals = {
  ...storeRefusal,
  InvalidCode: () => refuse(InvalidCode),
  ChallengeOver: () => refuse(ChallengeOver)
}
