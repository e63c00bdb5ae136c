/** What browsers answer when they are asked for a passkey, in the JSON forms of WebAuthn Level 3 (§5.1.4). */
import { Schema } from "effect"

/** Bytes as browsers write them. */
const bytes = (lengthMax: number) =>
  Schema.String.check(
    Schema.isPattern(/^[A-Za-z0-9_-]+$/, { message: "must be base64url without padding" }),
    Schema.isMaxLength(lengthMax, { message: `must be at most ${lengthMax} characters` })
  )

/** At most 1,023 bytes (WebAuthn §4, Credential ID). */
const CredentialId = bytes(1364)

/** The origin and the challenge take the most of it. Browsers add members at will, each of them short. */
const ClientData = bytes(4096)

/** Transports that are stored are shown to browsers again, known or not. */
export const Transports = Schema.Array(
  Schema.String.check(Schema.isPattern(/^[a-z-]{1,32}$/, { message: "must be the name of a transport" }))
).check(Schema.isMaxLength(8, { message: "must be at most 8 transports" }))

/** Browsers add members with each edition of the standard. They are let through and not looked at. */
const andMore = [Schema.Record(Schema.String, Schema.Unknown)] as const

const answerMembers = {
  id: CredentialId,
  rawId: CredentialId,
  type: Schema.Literal("public-key")
}

/** `RegistrationResponseJSON`: a passkey was made. */
export const PasskeyRegistration = Schema.StructWithRest(
  Schema.Struct({
    ...answerMembers,
    response: Schema.StructWithRest(
      Schema.Struct({
        clientDataJSON: ClientData,
        // Without attestation: some flags, a credential id and a public key.
        attestationObject: bytes(16_384),
        transports: Schema.optionalKey(Transports)
      }),
      andMore
    )
  }),
  andMore
)
export type PasskeyRegistration = typeof PasskeyRegistration.Type

/** `AuthenticationResponseJSON`: a passkey was used. */
export const PasskeyAssertion = Schema.StructWithRest(
  Schema.Struct({
    ...answerMembers,
    response: Schema.StructWithRest(
      Schema.Struct({
        clientDataJSON: ClientData,
        authenticatorData: bytes(4096),
        signature: bytes(2048),
        userHandle: Schema.optionalKey(Schema.NullOr(bytes(128)))
      }),
      andMore
    )
  }),
  andMore
)
export type PasskeyAssertion = typeof PasskeyAssertion.Type
