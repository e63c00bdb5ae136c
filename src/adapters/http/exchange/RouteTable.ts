/**
 * What this server serves: which addresses exist, which methods each takes, which of those take a JSON body.
 *
 * Known before routing, so that a request to nowhere is told apart from a wrong method, and so that spans, metrics and
 * log lines name the route's template and never the path: a path may hold whatever a stranger typed.
 * Addresses match to the letter: no other case, no doubled or trailing slash, no percent-encoded spelling.
 */

/** One method of one address. A segment of the path that starts with `:` stands for any one segment. */
export interface ServedRoute {
  readonly method: string
  readonly path: string
  readonly takesBody: boolean
}

export interface KnownAddress {
  /** `/sessions/{id}` */
  readonly template: string
  /** The methods it takes, as the `Allow` header lists them. */
  readonly allow: string
  readonly methods: ReadonlySet<string>
  readonly methodsWithBody: ReadonlySet<string>
}

export interface RouteTable {
  /** The address a request target names, if it is one of ours. */
  readonly find: (target: string) => KnownAddress | undefined
}

export const make = (routes: ReadonlyArray<ServedRoute>): RouteTable => {
  const exact = new Map<string, KnownAddress>()
  const patterns: Array<{ readonly segments: ReadonlyArray<string>; readonly address: KnownAddress }> = []
  for (const [path, served] of Map.groupBy(routes, (route) => route.path)) {
    const address = describe(path, served)
    if (path.includes("/:")) patterns.push({ segments: path.split("/"), address })
    else exact.set(path, address)
  }
  return {
    find: (target) => {
      const path = pathOf(target)
      const found = exact.get(path)
      if (found !== undefined) return found
      const segments = path.split("/")
      return patterns.find((pattern) => matches(pattern.segments, segments))?.address
    }
  }
}

/** `/sessions/{id}` for `/sessions/:id`. */
export const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, "{$1}")

const describe = (path: string, served: ReadonlyArray<ServedRoute>): KnownAddress => {
  const methods = new Set<string>()
  for (const { method } of served) {
    methods.add(method)
    if (method === "GET") methods.add("HEAD")
  }
  methods.add("OPTIONS")
  return {
    template: templateOf(path),
    allow: [...methods].join(", "),
    methods,
    methodsWithBody: new Set(served.filter((route) => route.takesBody).map((route) => route.method))
  }
}

const pathOf = (target: string): string => {
  const query = target.indexOf("?")
  return query === -1 ? target : target.slice(0, query)
}

const matches = (pattern: ReadonlyArray<string>, segments: ReadonlyArray<string>): boolean =>
  pattern.length === segments.length &&
  pattern.every((part, index) => part.startsWith(":") ? segments[index] !== "" : part === segments[index])
