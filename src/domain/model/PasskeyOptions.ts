/** What browsers are asked for, in the JSON forms of WebAuthn Level 3 (§5.4, §5.5). */
import { Schema } from "effect"

const PublicKey = Schema.Literal("public-key")

const CredentialDescriptor = Schema.Struct({
  id: Schema.String,
  type: PublicKey,
  transports: Schema.Array(Schema.String)
})

/** `PublicKeyCredentialCreationOptionsJSON`: to make a passkey. */
export const PasskeyCreationOptions = Schema.Struct({
  challenge: Schema.String,
  rp: Schema.Struct({ id: Schema.String, name: Schema.String }),
  user: Schema.Struct({ id: Schema.String, name: Schema.String, displayName: Schema.String }),
  pubKeyCredParams: Schema.Array(Schema.Struct({ type: PublicKey, alg: Schema.Int })),
  timeout: Schema.Int,
  excludeCredentials: Schema.Array(CredentialDescriptor),
  authenticatorSelection: Schema.Struct({
    residentKey: Schema.Literal("required"),
    requireResidentKey: Schema.Literal(true),
    userVerification: Schema.Literal("required")
  }),
  attestation: Schema.Literal("none")
})
export type PasskeyCreationOptions = typeof PasskeyCreationOptions.Type

/** `PublicKeyCredentialRequestOptionsJSON`: to use a passkey. */
export const PasskeyRequestOptions = Schema.Struct({
  challenge: Schema.String,
  rpId: Schema.String,
  timeout: Schema.Int,
  allowCredentials: Schema.Array(CredentialDescriptor),
  userVerification: Schema.Literal("required")
})
export type PasskeyRequestOptions = typeof PasskeyRequestOptions.Type
