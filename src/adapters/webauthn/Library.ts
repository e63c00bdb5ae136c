/** What is used of `@simplewebauthn/server`, to be loaded as one. */
export { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server"
export {
  cose,
  decodeAttestationObject,
  decodeCredentialPublicKey,
  isoBase64URL,
  verifySignature
} from "@simplewebauthn/server/helpers"
