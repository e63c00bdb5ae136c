/**
 * Verifies passkeys by `@simplewebauthn/server`, which is loaded when the first answer comes.
 *
 * The library returns whether a signature is right, and throws at everything else, at malformed answers in words of its
 * own. Whatever it throws, the answer isn't genuine. Its defaults depend on the version of Node, so the algorithms are
 * named. Two things that it would accept are refused first: answers out of a frame of another site, and certificates of
 * authenticators. We ask for no certificate, and to check one it would ask the addresses in it for revocations.
 */
import { Duration, Effect, Layer, Option, Schema } from "effect"
import { Passkey } from "../../domain/model/Factor.ts"
import type { PasskeyRegistration } from "../../domain/model/PasskeyAnswers.ts"
import { CEREMONY_LIFETIME } from "../../domain/model/PasskeyChallenge.ts"
import { PASSKEY_ALGORITHMS, PasskeyVerifier } from "../../ports/PasskeyVerifier.ts"
import type { PasskeyDescriptor } from "../../ports/PasskeyVerifier.ts"

export interface RelyingParty {
  /** A domain. Passkeys belong to it for ever. */
  readonly id: string
  /** What browsers call it. */
  readonly name: string
  /** Where passkeys may be used. */
  readonly origins: ReadonlyArray<string>
}

/** RSA with 4,096 bits takes half as much. */
const PUBLIC_KEY_BYTES_MAX = 1024

/** In the form of ES256, and of nobody. Other algorithms have no form: any bytes are a wrong signature. */
const SOME_SIGNATURE = Uint8Array.from([0x30, 6, 2, 1, 1, 2, 1, 1])

const timeout = Duration.toMillis(CEREMONY_LIFETIME)

export const layer = ({ id: rpId, name, origins }: RelyingParty): Layer.Layer<PasskeyVerifier> =>
  Layer.effect(
    PasskeyVerifier,
    Effect.gen(function*() {
      const library = yield* Effect.cached(Effect.promise(() => import("./Library.ts")))

      const expected = (challenge: string) => ({
        expectedChallenge: encoded(challenge),
        expectedOrigin: [...origins],
        expectedRPID: rpId,
        requireUserVerification: true
      })

      return PasskeyVerifier.of({
        relyingParty: rpId,

        isUsable: Effect.fnUntraced(function*(publicKey) {
          if (publicKey.length > PUBLIC_KEY_BYTES_MAX) return false
          const { cose, decodeCredentialPublicKey, verifySignature } = yield* library
          const credentialPublicKey = Uint8Array.from(publicKey)
          const judged = yield* genuine(() => {
            const algorithm = decodeCredentialPublicKey(credentialPublicKey).get(cose.COSEKEYS.alg)
            if (!PASSKEY_ALGORITHMS.some((known) => known === algorithm)) throw new Error("not a known algorithm")
            return verifySignature({ credentialPublicKey, signature: SOME_SIGNATURE, data: new Uint8Array() })
          })
          return Option.isSome(judged)
        }),

        creationOptions: ({ account, challenge, existing }) =>
          Effect.succeed({
            challenge: encoded(challenge),
            rp: { id: rpId, name },
            user: { id: encoded(account.id), name: account.email, displayName: account.displayName },
            pubKeyCredParams: PASSKEY_ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
            timeout,
            excludeCredentials: existing.map(described),
            authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
            attestation: "none"
          }),

        requestOptions: ({ allowed, challenge }) =>
          Effect.succeed({
            challenge: encoded(challenge),
            rpId,
            timeout,
            allowCredentials: allowed.map(described),
            userVerification: "required"
          }),

        challengeOf: ({ response }) =>
          Option.map(clientDataIn(response), ({ challenge }) => Buffer.from(challenge, "base64url").toString()),

        verifyRegistration: Effect.fnUntraced(function*({ challenge, registration: { response, ...credential } }) {
          const { clientDataJSON, attestationObject, transports = [] } = response
          if (!isOfOurPage(response)) return Option.none()
          const { decodeAttestationObject, isoBase64URL, verifyRegistrationResponse } = yield* library
          const certified = yield* genuine(() =>
            isCertified(decodeAttestationObject(isoBase64URL.toBuffer(attestationObject)).get("attStmt"))
          )
          if (Option.getOrElse(certified, () => true)) return Option.none()
          const verified = yield* genuine(() =>
            verifyRegistrationResponse({
              response: answer(credential, { clientDataJSON, attestationObject }),
              ...expected(challenge),
              supportedAlgorithmIDs: [...PASSKEY_ALGORITHMS]
            })
          )
          return Option.flatMap(verified, ({ registrationInfo }) => {
            if (registrationInfo === undefined) return Option.none()
            const { aaguid, credential: { counter, id, publicKey }, credentialBackedUp: backedUp } = registrationInfo
            if (publicKey.length > PUBLIC_KEY_BYTES_MAX) return Option.none()
            return Option.some(
              Passkey.make({ rpId, credentialId: id, publicKey, signCount: counter, transports, backedUp, aaguid })
            )
          })
        }),

        verifyAssertion: Effect.fnUntraced(function*({ account, assertion, challenge, passkey }) {
          const { response: { authenticatorData, clientDataJSON, signature, userHandle }, ...credential } = assertion
          const isOfHolder = (userHandle ?? encoded(account.id)) === encoded(account.id)
          if (!isOfOurPage(assertion.response) || !isOfHolder || credential.id !== passkey.credentialId) {
            return Option.none()
          }
          const { verifyAuthenticationResponse } = yield* library
          const verified = yield* genuine(() =>
            verifyAuthenticationResponse({
              response: answer(credential, { authenticatorData, clientDataJSON, signature }),
              ...expected(challenge),
              // The library would refuse a count that is behind.
              credential: { id: passkey.credentialId, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 }
            })
          )
          return Option.map(
            Option.filter(verified, ({ verified }) => verified),
            ({ authenticationInfo: { credentialBackedUp: backedUp, newCounter } }) => ({
              passkey: Passkey.make({ ...passkey, signCount: Math.max(passkey.signCount, newCounter), backedUp }),
              isCountBehind: passkey.signCount > 0 && newCounter <= passkey.signCount
            })
          )
        })
      })
    })
  )

/** What the library returns; `None` if it throws. */
const genuine = <A>(ask: () => A | Promise<A>): Effect.Effect<Option.Option<A>> =>
  Effect.option(Effect.tryPromise(() => Promise.resolve().then(ask)))

/** Whether an authenticator says who made it, in any of the formats for that. */
const isCertified = (statement: { get(key: "response"): unknown; get(key: "x5c"): unknown }): boolean =>
  statement.get("x5c") !== undefined || statement.get("response") !== undefined

/** The members that the library reads. */
const answer = <Response>(
  { id, rawId, type }: Pick<PasskeyRegistration, "id" | "rawId" | "type">,
  response: Response
) => ({
  id,
  rawId,
  type,
  response,
  clientExtensionResults: {}
})

/**
 * A text as browsers get and return bytes. The handle of a user is the id of their account, which contains nothing
 * personal (§14.6.1).
 */
const encoded = (text: string): string => Buffer.from(text).toString("base64url")

const described = ({ credentialId, transports }: PasskeyDescriptor) => ({
  id: credentialId,
  type: "public-key" as const,
  transports
})

/** What a browser says about a ceremony, signed by the authenticator. */
const ClientData = Schema.fromJsonString(Schema.Struct({
  challenge: Schema.String,
  crossOrigin: Schema.optionalKey(Schema.Boolean),
  topOrigin: Schema.optionalKey(Schema.String)
}))

const clientDataIn = ({ clientDataJSON }: { readonly clientDataJSON: string }) =>
  Schema.decodeOption(ClientData)(Buffer.from(clientDataJSON, "base64url").toString())

/** A frame of another site could have its visitor press a button that they don't see (clickjacking). */
const isOfOurPage = (response: { readonly clientDataJSON: string }): boolean =>
  Option.exists(
    clientDataIn(response),
    ({ crossOrigin, topOrigin }) => crossOrigin !== true && topOrigin === undefined
  )
