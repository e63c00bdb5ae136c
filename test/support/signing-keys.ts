/** Key rings for tests, from keys that are random but public, hence good for nothing else. */
import { Redacted } from "effect"
import type { KeyRing } from "../../src/adapters/crypto/KeyRing.ts"

type SigningKey = KeyRing[number]

export const aSigningKey = (id: string, hex: string): SigningKey => ({
  id,
  secret: Redacted.make(Uint8Array.from(Buffer.from(hex, "hex")))
})

export const OLD_KEY = aSigningKey("old", "6f1d9b7c02e84a53c9d07b6e15fa38d2a4c7e1900b5d62f8339e7a14cd86b05f")

export const NEW_KEY = aSigningKey("new-2", "d81c3fa2795e60b4172f9ed3c80a546b3be97d21f4680ca59316e8d57b04fc2a")
