/**
 * What this server serves: which addresses exist, which methods each takes, which of those take a JSON body.
 *
 * Known before routing, so that a request to nowhere is told apart from a wrong method, and so that spans, metrics and
 * log lines name the route's template and never the path: a path may hold whatever a stranger typed.
 * Addresses match to the letter: no other case, no doubled or trailing slash, no percent-encoded spelling.
 */
import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { MethodNotAllowed, NotFound } from "../api/Problems.ts"
import { refuse } from "./Refusals.ts"
import type { Gate, Route } from "./RequestContext.ts"

/** One method of one address. A segment of the path that starts with `:` stands for any one segment. */
export interface ServedRoute {
  readonly method: string
  readonly path: string
  readonly takesBody: boolean
}

export interface RouteTable {
  /** The address a request target names, if it is one of ours. */
  readonly find: (target: string) => Route | undefined
}

export const make = (routes: ReadonlyArray<ServedRoute>): RouteTable => {
  const exact = new Map<string, Route>()
  const patterns: Array<{ readonly segments: ReadonlyArray<string>; readonly route: Route }> = []
  for (const [path, served] of Map.groupBy(routes, (route) => route.path)) {
    const route = describe(path, served)
    if (path.includes("/:")) patterns.push({ segments: path.split("/"), route })
    else exact.set(path, route)
  }
  return {
    find: (target) => {
      const path = pathOf(target)
      const found = exact.get(path)
      if (found !== undefined) return found
      const segments = path.split("/")
      return patterns.find((pattern) => matches(pattern.segments, segments))?.route
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

/**
 * Answers what no handler has to see: addresses that don't exist, methods an address does not take (ASVS 4.1.4), and
 * `OPTIONS`.
 */
export const knownRoutes: Gate = ({ method, route }) => {
  if (route === undefined) return refuse(NotFound)
  if (method === "OPTIONS") {
    return Effect.succeed(HttpServerResponse.empty({ status: 204, headers: { allow: route.allow } }))
  }
  return route.methods.has(method) ? undefined : refuse(MethodNotAllowed)
}

/** The name the semantic conventions give to what is not among the known. */
const OTHER = "_OTHER"

const KNOWN_METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"])

/** What a method is called in metrics, spans and log lines. Nobody makes time series by inventing some. */
export const methodLabel = (method: string): string => KNOWN_METHODS.has(method) ? method : OTHER

/** The same of a route. */
export const routeLabel = (route: Route | undefined): string => route?.template ?? OTHER
