/**
 * A function that makes each answer once and remembers it. Keys may come from callers, so it remembers at most `max` of
 * them; with one more it forgets all and begins anew. `undefined` is no answer to remember.
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
