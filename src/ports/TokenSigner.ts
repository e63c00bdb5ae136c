/**
 * Unforgeable strings: session tokens, device credentials, list cursors and fingerprints of requests.
 *
 * A key ring of named keys: the first signs, all verify, so keys rotate without a failed request. Each purpose is
 * separated from the others: a string signed for one never verifies for another. Exactly one spelling of a signed
 * string verifies. The message authentication code is checked first, in constant time, before anything is looked up
 * (ASVS 9.1.1).
 */
import { Context } from "effect"
import type { Effect, Option, Redacted } from "effect"
import type { Device, DeviceCredential } from "../domain/model/Device.ts"
import type { SessionId, SessionToken } from "../domain/model/Session.ts"

export class TokenSigner extends Context.Service<TokenSigner, {
  /** The token of a session: URL-safe, at most 128 characters, the same for the same id and key. */
  readonly signSession: (id: SessionId) => Effect.Effect<SessionToken>

  /** The session a token was signed for; `None` for anything that no key of the ring signed. */
  readonly verifySession: (token: Redacted.Redacted<string>) => Effect.Effect<Option.Option<SessionId>>

  /** The credential of a device, by which it is known again: the same for the same device and key. */
  readonly signDevice: (device: Device) => Effect.Effect<DeviceCredential>

  /** The device a credential was signed for; `None` for anything that no key of the ring signed. */
  readonly verifyDevice: (credential: Redacted.Redacted<string>) => Effect.Effect<Option.Option<Device>>

  /** A URL-safe string that carries `position`, which is readable but can't be altered. */
  readonly signCursor: (list: string, position: string) => Effect.Effect<string>

  /** The position in a cursor that was signed for the same list. */
  readonly verifyCursor: (list: string, cursor: string) => Effect.Effect<Option.Option<string>>

  /** A keyed digest by which `text` can be recognised later, but not guessed without a key of the ring. */
  readonly signFingerprint: (purpose: string, text: string) => Effect.Effect<string>

  /** Whether a fingerprint is that of `text` for this purpose, under whichever key of the ring it was made. */
  readonly verifyFingerprint: (purpose: string, text: string, fingerprint: string) => Effect.Effect<boolean>
}>()("identityd/ports/TokenSigner") {}
