/**
 * A value that notes which of its members are read. The schemas of Kubernetes take members that they don't know, but
 * read all that they do: one that nothing reads is a slip of the pen.
 */
export const watched = (value, path, unread) => {
  if (typeof value !== "object" || value === null) return value
  const members = Array.isArray(value) ? [] : Object.entries(value)
  for (const [name] of members) unread.add(`${path}/${name}`)
  const inner = new Map()
  return new Proxy(value, {
    get(target, name) {
      unread.delete(`${path}/${String(name)}`)
      if (!inner.has(name)) inner.set(name, watched(target[name], `${path}/${String(name)}`, unread))
      return inner.get(name)
    }
  })
}
