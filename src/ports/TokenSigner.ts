/**
 * Unforgeable strings: session tokens, device credentials, answers to challenges, list cursors and fingerprints of
 * requests.
 *
 * Keys are named and form a ring. The first signs and all verify, so keys rotate without a failed request. A string
 * signed for one purpose never verifies for another. Exactly one spelling of a signed string verifies. The message
 * authentication code is checked first, in constant time, before anything is looked up (ASVS 9.1.1).
 */
import { Context } from "effect"
import type { Array, Effect, Option, Redacted } from "effect"
import type { ChallengeAnswer, ChallengeId, ChallengePurpose, ChallengeSecrets } from "../domain/model/Challenge.ts"
import type { Device, DeviceCredential } from "../domain/model/Device.ts"
import type { SessionId, SessionToken } from "../domain/model/Session.ts"

export class TokenSigner extends Context.Service<TokenSigner, {
  /** The names of the keys. The first signs. */
  readonly keyIds: Array.NonEmptyReadonlyArray<string>

  /** The token of a session: URL-safe, at most 128 characters, the same for the same id and key. */
  readonly signSession: (id: SessionId) => Effect.Effect<SessionToken>

  /** The session that a token was signed for; `None` if no key of the ring signed it. */
  readonly verifySession: (token: Redacted.Redacted<string>) => Effect.Effect<Option.Option<SessionId>>

  /** The credential that identifies a device: the same for the same device and key. */
  readonly signDevice: (device: Device) => Effect.Effect<DeviceCredential>

  /** The device that a credential was signed for; `None` if no key of the ring signed it. */
  readonly verifyDevice: (credential: Redacted.Redacted<string>) => Effect.Effect<Option.Option<Device>>

  /**
   * The secrets that answer a challenge: the same for the same purpose, id and key. A code has 26 bits, so those who
   * verify one have to count the tries.
   */
  readonly signChallenge: (purpose: ChallengePurpose, id: ChallengeId) => Effect.Effect<ChallengeSecrets>

  /** Whether an answer is that of the challenge, by any key of the ring. */
  readonly verifyChallenge: (
    purpose: ChallengePurpose,
    id: ChallengeId,
    answer: ChallengeAnswer
  ) => Effect.Effect<boolean>

  /** A URL-safe string that contains `position`, which can be read but not altered. */
  readonly signCursor: (list: string, position: string) => Effect.Effect<string>

  /** The position in a cursor that was signed for the same list. */
  readonly verifyCursor: (list: string, cursor: string) => Effect.Effect<Option.Option<string>>

  /** A keyed digest that identifies `text` later. Without a key of the ring, nobody can guess the text from it. */
  readonly signFingerprint: (purpose: string, text: string) => Effect.Effect<string>

  /** Whether a fingerprint was made of `text` for this purpose, by any key of the ring. */
  readonly verifyFingerprint: (purpose: string, text: string, fingerprint: string) => Effect.Effect<boolean>
}>()("identityd/ports/TokenSigner") {}
