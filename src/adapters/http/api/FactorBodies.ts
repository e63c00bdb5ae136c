/** The bodies of requests about second factors. */
import { Redacted, Schema } from "effect"
import type { PresentedFactor } from "../../../domain/factors/FactorKind.ts"
import { FactorId, FactorType } from "../../../domain/model/Factor.ts"
import type { PasskeyAssertion, PasskeyRegistration } from "../../../domain/model/PasskeyAnswers.ts"
import { FactorResource } from "../../../resources/FactorResource.ts"
import { text } from "../../../resources/Text.ts"
import { Transport } from "../sessions/SessionsApi.ts"
import { written, writtenId, WrittenName, WrittenTotp } from "./BodyMembers.ts"
import { CreationOptions, WrittenAssertion, WrittenRegistration } from "./PasskeyBodies.ts"

/** More than a code with blanks between all its letters. */
const RECOVERY_CODE_LENGTH_MAX = 64

const tooLong = `must be at most ${RECOVERY_CODE_LENGTH_MAX} characters`

const RecoveryCode = written({
  maxLength: RECOVERY_CODE_LENGTH_MAX,
  description: "A recovery code. Case, blanks and hyphens make no difference.",
  examples: ["abcdef-ghijkl-mnopqr-stuvwx"]
}).pipe(
  Schema.decodeTo(Schema.RedactedFromValue(
    Schema.String.pipe(Schema.check(Schema.isMaxLength(RECOVERY_CODE_LENGTH_MAX, { message: tooLong }))),
    { label: "RecoveryCode" }
  ))
)

const factorMembers = {
  totp: Schema.optionalKey(WrittenTotp),
  recovery_code: Schema.optionalKey(RecoveryCode),
  passkey: Schema.optionalKey(WrittenAssertion)
}

interface WrittenFactor {
  readonly totp?: typeof WrittenTotp.Type
  readonly recovery_code?: typeof RecoveryCode.Type
  readonly passkey?: PasskeyAssertion
}

/** Exactly one of the forms of a second factor. */
const oneFactor = Schema.makeFilter(({ passkey, recovery_code, totp }: WrittenFactor) =>
  [passkey, recovery_code, totp].filter((factor) => factor !== undefined).length === 1
    ? undefined
    : { path: ["totp"], issue: "is needed, or else `recovery_code` or `passkey`: one of them" }
)

/** The factor that a body holds. `oneFactor` has seen to it that it does. */
export const factorIn = ({ passkey, recovery_code, totp }: WrittenFactor): PresentedFactor =>
  passkey !== undefined
    ? { type: "passkey", assertion: passkey }
    : totp === undefined
    ? { type: "recovery_codes", code: recovery_code ?? Redacted.make("") }
    : { type: "totp", code: totp }

export const FactorAnswer = Schema.Struct({ ...factorMembers, transport: Schema.optionalKey(Transport) }).pipe(
  Schema.check(oneFactor)
).annotate({ identifier: "FactorAnswer", description: "The second factor of a sign-in" })

export const NewFactor = Schema.Struct({
  type: FactorType.annotate({ description: "What to enrol" }),
  name: WrittenName
}).annotate({ identifier: "NewFactor", description: "A factor to enrol" })

export const FactorChange = Schema.Struct({ name: WrittenName }).annotate({
  identifier: "FactorChange",
  description: "A new name for a factor"
})

interface WrittenProof {
  readonly code?: typeof WrittenTotp.Type
  readonly registration?: PasskeyRegistration
}

/** Exactly one of the two forms of a proof. */
const oneProof = Schema.makeFilter(({ code, registration }: WrittenProof) =>
  (code === undefined) === (registration === undefined)
    ? { path: ["code"], issue: "is needed, or else `registration`: one of the two" }
    : undefined
)

export const FactorConfirmation = Schema.Struct({
  code: Schema.optionalKey(WrittenTotp),
  registration: Schema.optionalKey(WrittenRegistration),
  end_other_sessions: Schema.optionalKey(Schema.Boolean.annotate({
    description: "Whether every other session of the account ends, which it does if this is left out"
  }))
}).pipe(Schema.check(oneProof)).annotate({
  identifier: "FactorConfirmation",
  description: "What shows that a new factor works: `code` or `registration`"
})

/** What a confirmation holds. `oneProof` has seen to it that it does. */
export const proofIn = ({ code, registration }: WrittenProof) => registration ?? code ?? Redacted.make("")

/** A new factor, with what its holder sees this once. */
export const EnrolledFactorResource = Schema.Struct({
  ...FactorResource.fields,
  secret: Schema.optionalKey(
    text("Of `totp`: the secret in base32, for applications into which it is typed", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
  ),
  otpauth_uri: Schema.optionalKey(Schema.String.annotate({
    description: "Of `totp`: the secret as an address, to be shown as a QR code",
    examples: [
      "otpauth://totp/example.com:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=example.com"
    ]
  })),
  options: Schema.optionalKey(CreationOptions),
  codes: Schema.optionalKey(
    Schema.Array(Schema.String).annotate({
      description: "Of `recovery_codes`: the codes. Each is good once.",
      examples: [["8k2m4-q6r8s-0t2v4-w6x8z-1a3b5"]]
    })
  )
}).annotate({
  identifier: "EnrolledFactor",
  description: "A new factor with its secrets, which are shown this once and never again"
})

export const FactorList = Schema.Struct({ factors: Schema.Array(FactorResource) }).annotate({
  identifier: "FactorList",
  description: "The second factors of an account, oldest first"
})

export const factorParams = {
  id: writtenId(FactorId, "fct_5m0tq1q8w3kz7v9x2c4b6n8a0", "The `id` of the factor")
}

export interface FactorParams {
  readonly params: { readonly id: FactorId }
}
