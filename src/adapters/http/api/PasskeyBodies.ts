/** What browsers are asked for and answer about passkeys, in the API document. The model validates. */
import { PasskeyAssertion, PasskeyRegistration } from "../../../domain/model/PasskeyAnswers.ts"
import { PasskeyCreationOptions, PasskeyRequestOptions } from "../../../domain/model/PasskeyOptions.ts"

export const WrittenAssertion = PasskeyAssertion.annotate({
  identifier: "PasskeyAssertion",
  description: "`AuthenticationResponseJSON` of WebAuthn: what `toJSON()` makes of the credential that " +
    "`navigator.credentials.get` returns, with all its members"
})

export const WrittenRegistration = PasskeyRegistration.annotate({
  identifier: "PasskeyRegistration",
  description: "`RegistrationResponseJSON` of WebAuthn: what `toJSON()` makes of the credential that " +
    "`navigator.credentials.create` returns, with all its members"
})

export const CreationOptions = PasskeyCreationOptions.annotate({
  identifier: "PasskeyCreationOptions",
  description:
    "`PublicKeyCredentialCreationOptionsJSON` of WebAuthn: for `PublicKeyCredential.parseCreationOptionsFromJSON`, " +
    "and then `navigator.credentials.create`, within five minutes"
})

export const RequestOptions = PasskeyRequestOptions.annotate({
  identifier: "PasskeyRequestOptions",
  description:
    "`PublicKeyCredentialRequestOptionsJSON` of WebAuthn: for `PublicKeyCredential.parseRequestOptionsFromJSON`, and " +
    "then `navigator.credentials.get`, within five minutes"
})
