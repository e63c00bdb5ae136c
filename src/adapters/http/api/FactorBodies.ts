/** The bodies of requests about second factors. */
import { Redacted, Schema } from "effect"
import type { PresentedFactor } from "../../../domain/factors/FactorKind.ts"
import { FactorId, FactorType } from "../../../domain/model/Factor.ts"
import { FactorResource } from "../../../resources/FactorResource.ts"
import { text } from "../../../resources/Text.ts"
import { Transport } from "../sessions/SessionsApi.ts"
import { exactlyOne, optional, secret, written, writtenId, WrittenName, WrittenTotp } from "./BodyMembers.ts"
import { CreationOptions, WrittenAssertion, WrittenRegistration } from "./PasskeyBodies.ts"

/** More than a code with blanks between all its letters. */
const RECOVERY_CODE_LENGTH_MAX = 64

const RecoveryCode = secret(
  "RecoveryCode",
  Schema.isMaxLength(RECOVERY_CODE_LENGTH_MAX, { message: `must be at most ${RECOVERY_CODE_LENGTH_MAX} characters` })
)

const factorMembers = optional({
  totp: WrittenTotp,
  recovery_code: written(RecoveryCode, {
    maxLength: RECOVERY_CODE_LENGTH_MAX,
    description: "A recovery code. Case, blanks and hyphens make no difference.",
    examples: ["abcdef-ghijkl-mnopqr-stuvwx"]
  }),
  passkey: WrittenAssertion
})

/** The factor that a body holds. `exactlyOne` has seen to it that it does. */
export const factorIn = (
  { passkey, recovery_code, totp }: Schema.Struct.Type<typeof factorMembers>
): PresentedFactor =>
  passkey !== undefined
    ? { type: "passkey", assertion: passkey }
    : totp === undefined
    ? { type: "recovery_codes", code: recovery_code ?? Redacted.make("") }
    : { type: "totp", code: totp }

export const FactorAnswer = Schema.Struct({ ...factorMembers, transport: Schema.optionalKey(Transport) }).pipe(
  Schema.check(exactlyOne("totp", "recovery_code", "passkey"))
).annotate({ identifier: "FactorAnswer", description: "The second factor of a sign-in" })

export const NewFactor = Schema.Struct({
  type: FactorType.annotate({ description: "What to enrol" }),
  name: WrittenName
}).annotate({ identifier: "NewFactor", description: "A factor to enrol" })

export const FactorChange = Schema.Struct({ name: WrittenName }).annotate({
  identifier: "FactorChange",
  description: "A new name for a factor"
})

export const FactorConfirmation = Schema.Struct(optional({
  code: WrittenTotp,
  registration: WrittenRegistration,
  end_other_sessions: Schema.Boolean.annotate({
    description: "Whether every other session of the account ends, which it does if this is left out"
  })
})).pipe(Schema.check(exactlyOne("code", "registration"))).annotate({
  identifier: "FactorConfirmation",
  description: "What shows that a new factor works: `code` or `registration`"
})

/** What a confirmation holds. `exactlyOne` has seen to it that it does. */
export const proofIn = ({ code, registration }: typeof FactorConfirmation.Type) =>
  registration ?? code ?? Redacted.make("")

/** A new factor, with what its holder sees this once. */
export const EnrolledFactorResource = Schema.Struct({
  ...FactorResource.fields,
  ...optional({
    secret: text(
      "Of `totp`: the secret in base32, for applications into which it is typed",
      "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    ),
    otpauth_uri: text(
      "Of `totp`: the secret as an address, to be shown as a QR code",
      "otpauth://totp/example.com:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=example.com"
    ),
    options: CreationOptions,
    codes: Schema.Array(Schema.String).annotate({
      description: "Of `recovery_codes`: the codes. Each is good once.",
      examples: [["8k2m4-q6r8s-0t2v4-w6x8z-1a3b5"]]
    })
  })
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
