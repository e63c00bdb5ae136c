/**
 * The routes of this server: the addresses, the methods of each, and which methods take a JSON body.
 *
 * The table is consulted before the router, so that an unknown address and a wrong method get different answers. Spans,
 * metrics and log lines name the route's template and never the path, which may contain anything a stranger typed.
 * Addresses match exactly: no other case, no doubled or trailing slash, no percent-encoded spelling.
 */
import { Effect } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { MethodNotAllowed, NotFound } from "../api/Problems.ts"
import { refuse } from "./Refusals.ts"
import type { Gate, Route } from "./RequestContext.ts"

/** Stands for every method. */
export const ANY = "*"

/**
 * One method of one address. A segment of the path that starts with `:` stands for any one segment, and `/*` at its end
 * for anything below it.
 */
export interface ServedRoute {
  /** Or `ANY`. */
  readonly method: string
  readonly path: string
  readonly takesBody: boolean
  /** Whether its body is read while it arrives, however long it is. */
  readonly streamsBody?: boolean
}

/** Routes of the framework, with their entries in the table. */
export const served = <E, R>(...routes: ReadonlyArray<HttpRouter.Route<E, R>>) => ({
  routes: routes.map(({ method, path }): ServedRoute => ({ method, path, takesBody: method !== "GET" })),
  layer: HttpRouter.addAll(routes)
})

export interface RouteTable {
  /** The route that a request target matches, if any. */
  readonly find: (target: string) => Route | undefined
}

export const make = (routes: ReadonlyArray<ServedRoute>): RouteTable => {
  const exact = new Map<string, Route>()
  const patterns: Array<{ readonly segments: ReadonlyArray<string>; readonly route: Route }> = []
  const folders: Array<{ readonly start: string; readonly route: Route }> = []
  for (const [path, served] of Map.groupBy(routes, (route) => route.path)) {
    const route = describe(path, served)
    if (path.endsWith("/*")) folders.push({ start: path.slice(0, -1), route })
    else if (path.includes("/:")) patterns.push({ segments: path.split("/"), route })
    else exact.set(path, route)
  }
  return {
    find: (target) => {
      const path = pathOf(target)
      const found = exact.get(path)
      if (found !== undefined) return found
      const segments = path.split("/")
      return patterns.find((pattern) => matches(pattern.segments, segments))?.route ??
        folders.find(({ start }) => path.startsWith(start))?.route
    }
  }
}

/** `/sessions/{id}` for `/sessions/:id`. */
export const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, "{$1}")

const describe = (path: string, served: ReadonlyArray<ServedRoute>): Route => {
  const methods = new Set<string>()
  for (const { method } of served) {
    methods.add(method)
    if (method === "GET") methods.add("HEAD")
  }
  if (!methods.has(ANY)) methods.add("OPTIONS")
  return {
    template: templateOf(path),
    allow: [...methods].join(", "),
    methods,
    streamsBody: served.some((route) => route.streamsBody === true),
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

/**
 * Answers requests that need no handler: unknown addresses, methods that an address doesn't take (ASVS 4.1.4), and
 * `OPTIONS`.
 */
export const knownRoutes: Gate = ({ method, route }) => {
  if (route === undefined) return refuse(NotFound)
  const isOptions = method === "OPTIONS"
  if ((!isOptions && route.methods.has(method)) || route.methods.has(ANY)) return undefined
  return isOptions
    ? Effect.succeed(HttpServerResponse.empty({ status: 204, headers: { allow: route.allow } }))
    : refuse(MethodNotAllowed)
}

/** The semantic conventions' name for unknown values. */
const OTHER = "_OTHER"

const KNOWN_METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"])

/**
 * A method's name in metrics, spans and log lines. Unknown methods share one, so that callers can't create time series.
 */
export const methodLabel = (method: string): string => KNOWN_METHODS.has(method) ? method : OTHER

/** The same for a route. */
export const routeLabel = (route: Route | undefined): string => route?.template ?? OTHER
