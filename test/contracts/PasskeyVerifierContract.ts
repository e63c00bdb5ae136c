/**
 * The contract of passkey verifiers. Each sentence in the port's documentation has a test here. The relying party of
 * the suite is `RELYING_PARTY`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import type { Layer } from "effect"
import type { Passkey } from "../../src/domain/model/Factor.ts"
import { PasskeyVerifier } from "../../src/ports/PasskeyVerifier.ts"
import { anAccount } from "../support/builders.ts"
import { selfSignedCertificate } from "../support/self-signed-certificate.ts"
import { cbor, makePasskey } from "../support/SoftAuthenticator.ts"
import type { Algorithm, Cbor, Circumstances, SoftPasskey } from "../support/SoftAuthenticator.ts"

const ORIGIN = "https://app.example.com"

export const RELYING_PARTY = { id: "example.com", name: "Example", origins: [ORIGIN, "https://example.org"] }

const CHALLENGE = "a challenge of the suite"

const account = anAccount({})

/** Makes a passkey and shows it to the verifier. */
const register = Effect.fnUntraced(function*(given: Circumstances = {}, algorithm: Algorithm = "ES256") {
  const verifier = yield* PasskeyVerifier
  const options = yield* verifier.creationOptions({ account, challenge: CHALLENGE, existing: [] })
  const made = makePasskey(options, ORIGIN, given, algorithm)
  const passkey = yield* verifier.verifyRegistration({ challenge: CHALLENGE, registration: made.registration })
  return { made, passkey }
})

const registered = Effect.fnUntraced(function*(given?: Circumstances, algorithm?: Algorithm) {
  const { made, passkey } = yield* register(given, algorithm)
  return { made, passkey: Option.getOrThrow(passkey) }
})

/** Uses a passkey and shows that to the verifier. */
const use = Effect.fnUntraced(function*(
  { made, passkey }: { readonly made: SoftPasskey; readonly passkey: Passkey },
  given: Circumstances = {}
) {
  const verifier = yield* PasskeyVerifier
  const options = yield* verifier.requestOptions({ challenge: CHALLENGE, allowed: [] })
  const assertion = made.assert(options, given)
  return yield* verifier.verifyAssertion({ account, assertion, challenge: CHALLENGE, passkey })
})

/** What makes any ceremony fail. */
const SPOILED: ReadonlyArray<readonly [string, Circumstances]> = [
  ["another challenge", { challenge: Buffer.from("another challenge").toString("base64url") }],
  ["a page of another origin", { origin: "https://evil.example.com" }],
  ["another port of the origin", { origin: `${ORIGIN}:8443` }],
  ["another relying party", { rpId: "example.org" }],
  ["the other kind of ceremony", { type: "payment.get" }],
  ["a frame of another site", { crossOrigin: true }],
  ["a frame of another site that is named", { crossOrigin: true, topOrigin: "https://evil.example.com" }],
  ["a frame that claims to be none", { topOrigin: ORIGIN }],
  ["nobody who was asked for a PIN or a fingerprint", { userVerified: false }],
  ["nobody who was there", { userPresent: false }]
]

export const passkeyVerifierContract = (name: string, verifier: Layer.Layer<PasskeyVerifier>): void => {
  describe(`${name} passkey verifier`, () => {
    const test = (sentence: string, effect: Effect.Effect<void, unknown, PasskeyVerifier>) =>
      it.effect(sentence, () => Effect.provide(effect, verifier))

    test(
      "asks for a discoverable passkey, for its user, and for three algorithms, whatever Node has",
      Effect.gen(function*() {
        const { creationOptions, requestOptions } = yield* PasskeyVerifier
        const existing = [{ credentialId: "b2xk", transports: ["usb"] }]
        const creation = yield* creationOptions({ account, challenge: CHALLENGE, existing })
        assert.deepStrictEqual(creation, {
          challenge: Buffer.from(CHALLENGE).toString("base64url"),
          rp: { id: "example.com", name: "Example" },
          user: {
            id: Buffer.from(account.id).toString("base64url"),
            name: account.email,
            displayName: account.displayName
          },
          pubKeyCredParams: [-7, -257, -8].map((alg) => ({ type: "public-key" as const, alg })),
          timeout: 300_000,
          excludeCredentials: [{ id: "b2xk", type: "public-key", transports: ["usb"] }],
          authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
          attestation: "none"
        })
        assert.deepStrictEqual(yield* requestOptions({ challenge: CHALLENGE, allowed: existing }), {
          challenge: creation.challenge,
          rpId: "example.com",
          timeout: 300_000,
          allowCredentials: [{ id: "b2xk", type: "public-key", transports: ["usb"] }],
          userVerification: "required"
        })
      })
    )

    for (const algorithm of ["ES256", "RS256", "EdDSA"] as const) {
      test(
        `takes a passkey with ${algorithm}, and its answers`,
        Effect.gen(function*() {
          const known = yield* registered({}, algorithm)
          const { isUsable } = yield* PasskeyVerifier
          assert.isTrue(yield* isUsable(known.passkey.publicKey))
          const { made, passkey } = known
          assert.deepInclude(passkey, {
            credentialId: made.registration.id,
            signCount: 0,
            transports: ["internal", "hybrid"],
            backedUp: false,
            aaguid: "00000000-0000-0000-0000-000000000000"
          })
          assert.deepStrictEqual(yield* use(known), Option.some({ passkey, isCountBehind: false }))
        })
      )
    }

    test(
      "reads the challenge that an answer is for",
      Effect.gen(function*() {
        const { challengeOf } = yield* PasskeyVerifier
        const { made: { registration } } = yield* registered()
        const garbled = { ...registration.response, clientDataJSON: "bm9uc2Vuc2U" }
        assert.deepStrictEqual(challengeOf(registration), Option.some(CHALLENGE))
        assert.deepStrictEqual(challengeOf({ ...registration, response: garbled }), Option.none())
      })
    )

    for (const [spoiler, given] of SPOILED) {
      test(
        `refuses ${spoiler}`,
        Effect.gen(function*() {
          assert.isTrue(Option.isNone((yield* register(given)).passkey))
          assert.isTrue(Option.isNone(yield* use(yield* registered(), given)))
        })
      )
    }

    test(
      "serves each of its origins",
      Effect.gen(function*() {
        const origin = "https://example.org"
        assert.isTrue(Option.isSome(yield* use(yield* registered({ origin }), { origin })))
      })
    )

    test(
      "knows a key that verifies nothing",
      Effect.gen(function*() {
        const { isUsable } = yield* PasskeyVerifier
        const { publicKey } = (yield* registered()).passkey
        const offCurve = Uint8Array.from(publicKey, (byte, index) => index === publicKey.length - 1 ? byte ^ 1 : byte)
        const useless = [new Uint8Array(), publicKey.slice(0, -1), offCurve, new Uint8Array(77), Buffer.from("key")]
        for (const key of useless) assert.isFalse(yield* isUsable(key))
      })
    )

    test(
      "refuses a passkey with an algorithm that wasn't asked for",
      Effect.gen(function*() {
        // ML-DSA-44, which the newer ones of the supported versions of Node have.
        const publicKey = cbor(new Map<number, Cbor>([[1, 7], [3, -48], [-1, Buffer.alloc(32, 7)]]))
        assert.isTrue(Option.isNone((yield* register({ publicKey })).passkey))
        assert.isFalse(yield* PasskeyVerifier.use(({ isUsable }) => isUsable(publicKey)))
      })
    )

    test(
      "refuses a key that is far longer than keys are",
      Effect.gen(function*() {
        const modulus = Buffer.alloc(1024, 7)
        const publicKey = cbor(new Map<number, Cbor>([[1, 3], [3, -257], [-1, modulus], [-2, Buffer.from([1, 0, 1])]]))
        assert.isTrue(Option.isNone((yield* register({ publicKey })).passkey))
        assert.isFalse(yield* PasskeyVerifier.use(({ isUsable }) => isUsable(publicKey)))
      })
    )

    test(
      "refuses a registration with a certificate, because nobody asked for one",
      Effect.gen(function*() {
        // Country, organisation, unit and name, as the format asks for them.
        const maker = selfSignedCertificate(undefined, {
          6: "SE",
          10: "Maker",
          11: "Authenticator Attestation",
          3: "Key"
        })
        assert.isTrue(Option.isNone((yield* register({ maker })).passkey))
      })
    )

    test(
      "refuses an answer by another key, and one for another account",
      Effect.gen(function*() {
        const { made } = yield* registered()
        const { passkey } = yield* registered()
        const forged = { passkey: { ...passkey, credentialId: made.registration.id }, made }
        assert.isTrue(Option.isNone(yield* use(forged)))
        const userHandle = Buffer.from("acct_0000000000000000000000000").toString("base64url")
        assert.isTrue(Option.isNone(yield* use(yield* registered(), { userHandle })))
      })
    )

    test(
      "says when an authenticator counts fewer signatures than before, and accepts the answer",
      Effect.gen(function*() {
        const known = yield* registered({ signCount: 7, backedUp: true })
        const counts = yield* Effect.forEach([8, 7, 3, 0], (signCount) => use(known, { signCount, backedUp: true }))
        const shown = counts.map(Option.map((proved) => [proved.isCountBehind, proved.passkey.signCount]))
        assert.deepStrictEqual(shown, [[false, 8], [true, 7], [true, 7], [true, 7]].map(Option.some))
      })
    )

    test(
      "refuses answers without sense",
      Effect.gen(function*() {
        const { requestOptions, verifyAssertion, verifyRegistration } = yield* PasskeyVerifier
        const { made, passkey } = yield* registered()
        const { registration } = made
        const assertion = made.assert(yield* requestOptions({ challenge: CHALLENGE, allowed: [] }))
        for (const member of ["clientDataJSON", "attestationObject"]) {
          const response = { ...registration.response, [member]: "AAAA" }
          assert.isTrue(Option.isNone(
            yield* verifyRegistration({ challenge: CHALLENGE, registration: { ...registration, response } })
          ))
        }
        for (const member of ["clientDataJSON", "authenticatorData", "signature"]) {
          const response = { ...assertion.response, [member]: "AAAA" }
          assert.isTrue(Option.isNone(
            yield* verifyAssertion({ account, challenge: CHALLENGE, passkey, assertion: { ...assertion, response } })
          ))
        }
      })
    )
  })
}
