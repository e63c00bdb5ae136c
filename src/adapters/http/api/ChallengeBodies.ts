/** The bodies of requests that start or answer challenges. */
import { Redacted, Schema } from "effect"
import type { ChallengeAnswer } from "../../../domain/model/Challenge.ts"
import { ChallengeId } from "../../../domain/model/Challenge.ts"
import { Transport } from "../sessions/SessionsApi.ts"
import {
  exactlyOne,
  optional,
  secret,
  written,
  WrittenConfirmation,
  WrittenEmail,
  writtenId,
  WrittenName,
  WrittenNewEmail,
  WrittenNewPassword
} from "./BodyMembers.ts"

const Code = secret(
  "ChallengeCode",
  Schema.isPattern(/^[0-9]{8}$/, { message: "must be the eight digits of the mail" })
)

const Token = secret("ChallengeToken", Schema.isMaxLength(128, { message: "must be at most 128 characters" }))

const WrittenToken = written(Token, {
  maxLength: 128,
  description: "The token in the mail's link, after `token=`"
})

const answerMembers = optional({
  code: written(Code, {
    minLength: 8,
    maxLength: 8,
    description: "The eight digits in the mail",
    examples: ["01234567"]
  }),
  token: written(Token, {
    maxLength: 128,
    description: "The token in the mail's link, after `token=`. Send this or `code`."
  })
})

const oneAnswer = exactlyOne("code", "token")

/** The answer that a body holds. `oneAnswer` has seen to it that it does. */
export const answerIn = ({ code, token }: Schema.Struct.Type<typeof answerMembers>): ChallengeAnswer =>
  token === undefined ? { _tag: "Code", code: code ?? Redacted.make("") } : { _tag: "Token", token }

export const EmailVerificationAnswer = Schema.Struct(answerMembers).pipe(Schema.check(oneAnswer)).annotate({
  identifier: "EmailVerificationAnswer",
  description: "The answer to a verification: the code or the token"
})

export const RecoveryRequest = Schema.Struct({ email: WrittenNewEmail }).annotate({
  identifier: "RecoveryRequest",
  description: "A request to recover an account"
})

export const RecoveryAnswer = Schema.Struct({
  ...answerMembers,
  new_password: WrittenNewPassword,
  transport: Schema.optionalKey(Transport)
}).pipe(Schema.check(oneAnswer)).annotate({
  identifier: "RecoveryAnswer",
  description: "The answer to a recovery: the code or the token, and a new password"
})

export const SignInLinkRequest = Schema.Struct({ email: WrittenEmail }).annotate({
  identifier: "SignInLinkRequest",
  description: "A request to sign in by mail"
})

export const SignInLinkAnswer = Schema.Struct({ ...answerMembers, transport: Schema.optionalKey(Transport) })
  .pipe(Schema.check(oneAnswer)).annotate({
    identifier: "SignInLinkAnswer",
    description: "The answer to a mail that signs in: the code or the token"
  })

export const SignUpRequest = Schema.Struct({
  email: WrittenNewEmail,
  // A form can show at once what is wrong with it.
  display_name: Schema.optionalKey(WrittenName)
}).annotate({
  identifier: "SignUpRequest",
  description: "A request to sign up. A `display_name` is checked and not kept: the answer brings it."
})

export const SignUpAnswer = Schema.Struct({
  ...answerMembers,
  password: WrittenNewPassword,
  display_name: WrittenName,
  transport: Schema.optionalKey(Transport)
}).pipe(Schema.check(oneAnswer)).annotate({
  identifier: "SignUpAnswer",
  description: "The answer to a sign-up: the code or the token, and what the account is to have"
})

export const EmailChangeRequest = Schema.Struct({ email: WrittenNewEmail, current_password: WrittenConfirmation })
  .annotate(
    {
      identifier: "EmailChangeRequest",
      description: "A request to change one's own email"
    }
  )

export const EmailChangeAnswer = Schema.Struct(answerMembers).pipe(Schema.check(oneAnswer)).annotate({
  identifier: "EmailChangeAnswer",
  description: "The answer to a change of email: the code or the token"
})

export const EmailChangeReversal = Schema.Struct({ token: WrittenToken }).annotate({
  identifier: "EmailChangeReversal",
  description: "The token in the notice to the old address"
})

export const challengeParams = {
  id: writtenId(ChallengeId, "chl_5m0tq1q8w3kz7v9x2c4b6n8a0", "The `id` of the challenge")
}
