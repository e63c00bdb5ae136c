import * as SimpleWebAuthnPasskeyVerifier from "../../../src/adapters/webauthn/SimpleWebAuthnPasskeyVerifier.ts"
import { passkeyVerifierContract, RELYING_PARTY } from "../../contracts/PasskeyVerifierContract.ts"

passkeyVerifierContract("simplewebauthn", SimpleWebAuthnPasskeyVerifier.layer(RELYING_PARTY))
