/**
 * Random bytes for ids. An import needs millions of them, and asking the system for each sixteen takes as long as all
 * the rest of making an account, so it is asked for many at once. Each byte is given out once, and not kept.
 */
import { Effect, Layer } from "effect"
import { SecureRandom, WebCrypto } from "effect/crypto"

const POOL_BYTES = 4096

export const layer: Layer.Layer<SecureRandom.SecureRandom> = Layer.effect(
  SecureRandom.SecureRandom,
  WebCrypto.WebCrypto.use((crypto) => Effect.sync(() => SecureRandom.make(pooled(crypto))))
)

const pooled = (crypto: Pick<Crypto, "getRandomValues">) => {
  const pool = new Uint8Array(POOL_BYTES)
  let used = POOL_BYTES
  return (size: number): Uint8Array => {
    if (size > POOL_BYTES) throw new RangeError(`at most ${POOL_BYTES} random bytes at once`)
    if (used + size > POOL_BYTES) {
      crypto.getRandomValues(pool)
      used = 0
    }
    const bytes = pool.slice(used, used + size)
    pool.fill(0, used, used + size)
    used += size
    return bytes
  }
}
