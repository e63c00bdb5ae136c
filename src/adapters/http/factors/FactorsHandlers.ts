import { Effect, Redacted } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import type { EnrolledFactor } from "../../../domain/enrolments/FactorEnrolments.ts"
import { Factors } from "../../../domain/enrolments/Factors.ts"
import { SignInCompletion } from "../../../domain/enrolments/SignInCompletion.ts"
import type { Account } from "../../../domain/model/Account.ts"
import type { Email } from "../../../domain/model/Email.ts"
import { base32 } from "../../../kernel/Base32.ts"
import { factorResource } from "../../../resources/FactorResource.ts"
import { CurrentSession } from "../api/Authentication.ts"
import type { RequestOf } from "../api/Endpoints.ts"
import { FactorAnswer, FactorChange, FactorConfirmation, factorIn, NewFactor, proofIn } from "../api/FactorBodies.ts"
import { LastFactor, TooManyFactors } from "../api/FactorProblems.ts"
import { IdentityApi } from "../api/IdentityApi.ts"
import { NotFound, SessionRequired } from "../api/Problems.ts"
import { withPayload } from "../exchange/JsonBody.ts"
import {
  answerRefusals,
  reauthentication,
  refuse,
  storeOutage,
  storeRefusal,
  tooManyAttempts,
  turnedOff
} from "../exchange/Refusals.ts"
import { CurrentRequest } from "../exchange/RequestContext.ts"
import { currentClient } from "../sessions/SessionResources.ts"
import { makeSignInExchange } from "../sessions/SignInExchange.ts"

type Group = typeof IdentityApi.groups.factors

export const layer = HttpApiBuilder.group(
  IdentityApi,
  "factors",
  Effect.fnUntraced(function*(handlers) {
    const factors = yield* Factors
    const signIns = yield* SignInCompletion
    const signingIn = yield* makeSignInExchange

    const listFactors = () =>
      CurrentSession.pipe(
        Effect.flatMap(({ account }) => factors.list(account.id)),
        Effect.map((all) => ({ factors: all.map(factorResource) })),
        Effect.catchTags(storeOutage)
      )

    const enrol = Effect.fnUntraced(
      function*({ name, type }: typeof NewFactor.Type) {
        const caller = yield* CurrentSession
        const { publicUrl } = yield* CurrentRequest
        return enrolledResource(yield* factors.enrol(caller, type, name), caller.account, publicUrl)
      },
      Effect.catchTags({
        ...storeRefusal,
        ...reauthentication,
        ...turnedOff("Second factors"),
        AccountNotFound: () => refuse(SessionRequired),
        SessionRequired: () => refuse(SessionRequired),
        TooManyFactors: () => refuse(TooManyFactors)
      })
    )

    const confirm = Effect.fnUntraced(
      function*(payload: typeof FactorConfirmation.Type, { params }: RequestOf<Group, "confirmFactor">) {
        const factor = yield* factors.confirm(yield* CurrentSession, {
          id: params.id,
          proof: proofIn(payload),
          endsOtherSessions: payload.end_other_sessions ?? true,
          client: yield* currentClient
        })
        return factorResource(factor)
      },
      Effect.catchTags({
        ...storeOutage,
        ...answerRefusals,
        ...tooManyAttempts,
        AccountNotFound: () => refuse(SessionRequired),
        FactorNotFound: () => refuse(NotFound),
        SessionRequired: () => refuse(SessionRequired)
      })
    )

    const rename = Effect.fnUntraced(
      function*({ name }: typeof FactorChange.Type, { params }: RequestOf<Group, "renameFactor">) {
        return factorResource(yield* factors.rename(yield* CurrentSession, params.id, name))
      },
      Effect.catchTags({ ...storeRefusal, ...reauthentication, FactorNotFound: () => refuse(NotFound) })
    )

    const removeFactor = ({ params }: RequestOf<Group, "removeFactor">) =>
      Effect.flatMap(CurrentSession, (caller) => factors.remove(caller, params.id)).pipe(
        Effect.catchTags({
          ...storeOutage,
          ...reauthentication,
          FactorNotFound: () => refuse(NotFound),
          LastFactor: () => refuse(LastFactor),
          SessionRequired: () => refuse(SessionRequired)
        })
      )

    const complete = (payload: typeof FactorAnswer.Type, { params }: RequestOf<Group, "completeSignIn">) =>
      signingIn(
        payload.transport,
        (presented) => signIns.complete({ ...presented, id: params.id, presented: factorIn(payload) })
      ).pipe(Effect.catchTags({ ...storeOutage, ...answerRefusals, ...tooManyAttempts }))

    return handlers.handleAll({ listFactors, removeFactor })
      .handleRaw("enrolFactor", withPayload(NewFactor, enrol))
      .handleRaw("confirmFactor", withPayload(FactorConfirmation, confirm))
      .handleRaw("renameFactor", withPayload(FactorChange, rename))
      .handleRaw("completeSignIn", withPayload(FactorAnswer, complete))
  })
)

const enrolledResource = (enrolled: EnrolledFactor, account: Account, publicUrl: string) => {
  const resource = factorResource(enrolled.factor)
  switch (enrolled.type) {
    case "totp": {
      const secret = base32(Redacted.value(enrolled.seed))
      return { ...resource, secret, otpauth_uri: otpauthUri(secret, account.email, new URL(publicUrl).hostname) }
    }
    case "passkey":
      return { ...resource, options: enrolled.options }
    case "recovery_codes":
      return { ...resource, codes: enrolled.codes.map((code) => Redacted.value(code)) }
  }
}

/** The address that authenticator applications read from a QR code. `issuer` names the service. */
const otpauthUri = (secret: string, email: Email, issuer: string): string => {
  const [service, holder] = [encodeURIComponent(issuer), encodeURIComponent(email)]
  return `otpauth://totp/${service}:${holder}?secret=${secret}&issuer=${service}&algorithm=SHA1&digits=6&period=30`
}
