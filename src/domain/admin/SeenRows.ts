/**
 * Remembers which rows of one import have had an effect, in 32 to 64 bytes for each. Keys and contents are 64 bits
 * of a digest, so among a million rows two are confused once in a million imports.
 */
export interface SeenRows {
  /** The content that was remembered for a key. */
  readonly get: (key: bigint) => bigint | undefined
  readonly set: (key: bigint, content: bigint) => void
}

const PLACES_AT_FIRST = 1 << 14

/** Marks a free place, so no key may be 0. */
const FREE = 0n

export const makeSeenRows = (): SeenRows => {
  let keys = new BigUint64Array(PLACES_AT_FIRST)
  let contents = new BigUint64Array(PLACES_AT_FIRST)
  let taken = 0

  /** The place of a key, or the free one where it belongs. */
  const placeOf = (key: bigint): number => {
    let place = Number(key % BigInt(keys.length))
    while (keys[place] !== FREE && keys[place] !== key) place = (place + 1) % keys.length
    return place
  }

  const put = (key: bigint, content: bigint): void => {
    const place = placeOf(key)
    if (keys[place] === FREE) taken += 1
    keys[place] = key
    contents[place] = content
  }

  const grow = (): void => {
    const [oldKeys, oldContents] = [keys, contents]
    keys = new BigUint64Array(oldKeys.length * 2)
    contents = new BigUint64Array(oldKeys.length * 2)
    taken = 0
    oldKeys.forEach((key, place) => {
      if (key !== FREE) put(key, oldContents[place] ?? 0n)
    })
  }

  return {
    get: (key) => {
      const place = placeOf(key)
      return keys[place] === FREE ? undefined : contents[place]
    },
    set: (key, content) => {
      if (taken * 2 >= keys.length) grow()
      put(key, content)
    }
  }
}
