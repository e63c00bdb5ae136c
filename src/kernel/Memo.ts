/**
 * Caches the results of `make`. Keys may come from callers, so the cache is bounded: when it holds `max` results, the
 * next new key clears it. An `undefined` result isn't cached.
 */
export const remember = <K, A>(max: number, make: (key: K) => A): (key: K) => A => {
  const known = new Map<K, A>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make(key)
    if (known.size >= max) known.clear()
    known.set(key, made)
    return made
  }
}
