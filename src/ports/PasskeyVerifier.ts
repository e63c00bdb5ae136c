/**
 * The ceremonies of passkeys (WebAuthn Level 3): what a browser is asked, and whether its answer is genuine.
 *
 * A passkey is discoverable, so its holder needs to name nobody, and it asks for its user, so it is two factors in one.
 * Its key is of one of `PASSKEY_ALGORITHMS`, whatever the machine supports besides. It is used by the pages of this
 * relying party alone, never in a frame of another site.
 *
 * Challenges are texts of the caller, who sees to it that each is answered once.
 */
import { Context } from "effect"
import type { Effect, Option } from "effect"
import type { Account } from "../domain/model/Account.ts"
import type { Passkey } from "../domain/model/Factor.ts"
import type { PasskeyAssertion, PasskeyRegistration } from "../domain/model/PasskeyAnswers.ts"
import type { PasskeyCreationOptions, PasskeyRequestOptions } from "../domain/model/PasskeyOptions.ts"

/** COSE algorithms in the order of preference: ES256, RS256, EdDSA. */
export const PASSKEY_ALGORITHMS = [-7, -257, -8] as const

/** A passkey as a browser finds it. */
export type PasskeyDescriptor = Pick<Passkey, "credentialId" | "transports">

export interface ProvedPasskey {
  /** The passkey in the state that its authenticator has now shown. */
  readonly passkey: Passkey
  /**
   * Whether the authenticator counts fewer signatures than it did before. Then it may have been copied. Many
   * authenticators don't count at all.
   */
  readonly isCountBehind: boolean
}

export class PasskeyVerifier extends Context.Service<PasskeyVerifier, {
  /** The domain that passkeys belong to. Those of another domain can't be used here. */
  readonly relyingParty: string

  /** Whether answers of a passkey with this COSE key can be verified. A key is at most 1,024 bytes long. */
  readonly isUsable: (publicKey: Uint8Array) => Effect.Effect<boolean>

  /** Asks a browser to make a passkey for the account, on an authenticator that has none of `existing`. */
  readonly creationOptions: (request: {
    readonly account: Account
    readonly challenge: string
    readonly existing: ReadonlyArray<PasskeyDescriptor>
  }) => Effect.Effect<PasskeyCreationOptions>

  /** Asks a browser for one of these passkeys, or for any of this relying party if none is given. */
  readonly requestOptions: (request: {
    readonly challenge: string
    readonly allowed: ReadonlyArray<PasskeyDescriptor>
  }) => Effect.Effect<PasskeyRequestOptions>

  /** The challenge that an answer claims to be for; `None` if it can't be read. */
  readonly challengeOf: (answer: PasskeyAssertion | PasskeyRegistration) => Option.Option<string>

  /** The new passkey; `None` if the registration is malformed, or isn't genuine, ours and for this challenge. */
  readonly verifyRegistration: (request: {
    readonly challenge: string
    readonly registration: PasskeyRegistration
  }) => Effect.Effect<Option.Option<Passkey>>

  /**
   * Whether the holder of a passkey has answered this challenge; `None` if the assertion is malformed, or isn't
   * genuine, ours and for this challenge and account.
   */
  readonly verifyAssertion: (request: {
    readonly challenge: string
    readonly assertion: PasskeyAssertion
    readonly account: Account
    readonly passkey: Passkey
  }) => Effect.Effect<Option.Option<ProvedPasskey>>
}>()("identityd/ports/PasskeyVerifier") {}
