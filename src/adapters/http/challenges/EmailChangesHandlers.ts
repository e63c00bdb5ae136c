import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { EmailChanges } from "../../../domain/challenges/EmailChanges.ts"
import { accountResource, NOTHING_PENDING } from "../../../resources/AccountResource.ts"
import { challengeResource } from "../../../resources/ChallengeResource.ts"
import { CurrentSession } from "../api/Authentication.ts"
import { answerIn, EmailChangeAnswer, EmailChangeRequest, EmailChangeReversal } from "../api/ChallengeBodies.ts"
import type { RequestOf } from "../api/Endpoints.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import { EmailAlreadyExists } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import { AllowedOrigins } from "../exchange/OriginCheck.ts"
import {
  answerRefusals,
  confirmationRefusals,
  refuse,
  refuseInput,
  storeOutage,
  storeRefusal
} from "../exchange/Refusals.ts"
import { presentedToken } from "../sessions/PresentedCredentials.ts"
import { currentClient } from "../sessions/SessionResources.ts"

export const layer = HttpApiBuilder.group(
  IdentityApi,
  "emailChanges",
  Effect.fnUntraced(function*(handlers) {
    const changes = yield* EmailChanges
    const origins = yield* AllowedOrigins

    const startEmailChange = ({ current_password: currentPassword, email }: typeof EmailChangeRequest.Type) =>
      CurrentSession.pipe(
        Effect.flatMap((caller) => changes.start(caller, { email, currentPassword })),
        Effect.map(challengeResource),
        Effect.catchTags({
          ...confirmationRefusals,
          EmailUnchanged: () => refuseInput([{ pointer: "/email", detail: "is the account's email already" }])
        })
      )

    const cancelEmailChange = () =>
      Effect.flatMap(CurrentSession, ({ account }) => changes.cancel(account)).pipe(Effect.catchTags(storeOutage))

    const answerEmailChange = Effect.fnUntraced(
      function*(
        given: typeof EmailChangeAnswer.Type,
        { params: { id } }: RequestOf<typeof IdentityApi.groups.emailChanges, "answerEmailChange">
      ) {
        const changed = yield* changes.answer({
          id,
          answer: answerIn(given),
          session: yield* presentedToken(origins),
          client: yield* currentClient
        })
        return accountResource(changed, NOTHING_PENDING)
      },
      Effect.catchTags(changeRefusals)
    )

    const reverseEmailChange = (
      { token }: typeof EmailChangeReversal.Type,
      { params: { id } }: RequestOf<typeof IdentityApi.groups.emailChanges, "reverseEmailChange">
    ) =>
      changes.reverse({ id, token }).pipe(
        Effect.map((account) => accountResource(account, NOTHING_PENDING)),
        Effect.catchTags(changeRefusals)
      )

    return handlers.handle("cancelEmailChange", cancelEmailChange)
      .handleRaw("startEmailChange", withPayload(EmailChangeRequest, startEmailChange))
      .handleRaw("answerEmailChange", withPayload(EmailChangeAnswer, answerEmailChange))
      .handleRaw("reverseEmailChange", withPayload(EmailChangeReversal, reverseEmailChange))
  })
)

const changeRefusals = {
  ...storeRefusal,
  ...answerRefusals,
  EmailAlreadyExists: () => refuse(EmailAlreadyExists)
}
