/**
 * Seals secrets that the service has to read again, so that a copy of the store doesn't reveal them.
 *
 * Keys are named and form a ring. The first seals and all open, so keys rotate while secrets are in use. A sealed
 * secret says which key sealed it. It opens only with the words about it that it was sealed with, so nobody who writes
 * to the store can move it to another account or factor.
 */
import { Context } from "effect"
import type { Effect, Option, Redacted } from "effect"
import type { SealedSecret } from "../domain/model/Factor.ts"

export class SecretBox extends Context.Service<SecretBox, {
  /** Seals a secret with the first key. Sealing it again looks different. */
  readonly seal: (secret: Redacted.Redacted<Uint8Array>, about: string) => Effect.Effect<SealedSecret>

  /** The secret; `None` if anything about it was altered, or no key of the ring sealed it. */
  readonly open: (
    sealed: SealedSecret,
    about: string
  ) => Effect.Effect<Option.Option<Redacted.Redacted<Uint8Array>>>

  /** The ids of the keys, the first one first. None can be sealed without a key. */
  readonly keyIds: ReadonlyArray<string>
}>()("identityd/ports/SecretBox") {}

/** The id of the key that sealed a secret. */
export const sealingKeyOf = (sealed: SealedSecret): string => sealed.slice(0, sealed.indexOf("."))
