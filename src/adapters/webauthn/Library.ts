/** What is used of `@simplewebauthn/server`, to be loaded as one. */
export { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server"
export { decodeAttestationObject, isoBase64URL } from "@simplewebauthn/server/helpers"
