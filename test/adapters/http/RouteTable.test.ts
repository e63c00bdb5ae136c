import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { CurrentRequest } from "../../../src/adapters/http/exchange/RequestContext.ts"
import * as RouteTable from "../../../src/adapters/http/exchange/RouteTable.ts"
import { nearly } from "../../support/texts.ts"

const table = RouteTable.make([
  { method: "GET", path: "/sessions", takesBody: false },
  { method: "POST", path: "/sessions", takesBody: true },
  { method: "DELETE", path: "/sessions/:id", takesBody: false },
  { method: "GET", path: "/sessions/current", takesBody: false },
  { method: "PATCH", path: "/accounts/:id/parts/:part", takesBody: true },
  { method: "GET", path: "/imports", takesBody: false },
  { method: "POST", path: "/imports", takesBody: true, streamsBody: true },
  { method: RouteTable.ANY, path: "/gate", takesBody: false },
  { method: RouteTable.ANY, path: "/gate/*", takesBody: false }
])

const templateOf = (target: string): string | undefined => table.find(target)?.template

describe("the route table", () => {
  it.each([
    ["/sessions", "/sessions"],
    ["/sessions?limit=3", "/sessions"],
    ["/sessions?", "/sessions"],
    ["/sessions/abc", "/sessions/{id}"],
    ["/sessions/abc?x=/y/z", "/sessions/{id}"],
    ["/sessions/:id", "/sessions/{id}"],
    ["/sessions/current", "/sessions/current"],
    ["/accounts/a/parts/b", "/accounts/{id}/parts/{part}"],
    ["/gate?a=/b", "/gate"],
    ["/gate/", "/gate/*"],
    ["/gate//../%zz/:id?/x", "/gate/*"]
  ])("knows %s as %s", (target, template) => {
    assert.strictEqual(templateOf(target), template)
  })

  it.each([
    "",
    "/",
    "?",
    "/Sessions",
    "/session",
    "/sessions/",
    "//sessions",
    "/%73essions",
    "/sessions//",
    "/sessions/a/b",
    "/sessions/a/",
    "/gates",
    "/Gate/a",
    "/accounts//parts/b",
    "/accounts/a/parts/",
    "/accounts/a/pieces/b",
    "x/sessions",
    "https://identity.example/sessions"
  ])("does not know %j", (target) => {
    assert.isUndefined(table.find(target))
  })

  it.prop("a query changes nothing, and nothing but the one spelling is known", {
    target: nearly("/sessions", "/current", "/accounts/a", "/parts", "%2f", "?", "/", "Sessions", ":id")
  }, ({ target }) => {
    const known = table.find(target)
    assert.strictEqual(table.find(`${target}?${target}`), known)
    if (known === undefined) return
    const pattern = known.template.replaceAll(/\{\w+\}/g, "[^/]+")
    assert.match(target.split("?")[0] ?? "", new RegExp(`^${pattern}$`))
  })

  it("lists the methods of an address, HEAD wherever there is GET and OPTIONS everywhere", () => {
    assert.strictEqual(table.find("/sessions")?.allow, "GET, HEAD, POST, OPTIONS")
    assert.strictEqual(table.find("/sessions/a")?.allow, "DELETE, OPTIONS")
    assert.deepStrictEqual(table.find("/sessions/a")?.methods, new Set(["DELETE", "OPTIONS"]))
  })

  it("says which methods take a body", () => {
    assert.deepStrictEqual(table.find("/sessions")?.methodsWithBody, new Set(["POST"]))
    assert.deepStrictEqual(table.find("/sessions/a")?.methodsWithBody, new Set())
  })

  it("says where a body may have any length", () => {
    assert.isTrue(table.find("/imports")?.streamsBody)
    assert.isFalse(table.find("/sessions")?.streamsBody)
  })

  it("leaves the methods of an address that takes any to it", () => {
    assert.strictEqual(table.find("/gate")?.allow, RouteTable.ANY)
  })
})

const passes = Effect.fnUntraced(function*(method: string, target: string) {
  const request = { ...(yield* CurrentRequest), method, route: table.find(target) }
  const answer = RouteTable.knownRoutes(request)
  if (answer === undefined) return "handled"
  return yield* Effect.match(answer, {
    onSuccess: ({ headers, status }) => `${status} ${headers["allow"]}`,
    onFailure: ({ code }) => code
  })
})

describe("[ASVS 4.1.4] a request", () => {
  it.effect.each<readonly [method: string, target: string, outcome: string]>([
    ["GET", "/sessions", "handled"],
    ["HEAD", "/sessions", "handled"],
    ["POST", "/sessions", "handled"],
    ["BREW", "/gate/a", "handled"],
    ["OPTIONS", "/gate", "handled"],
    ["OPTIONS", "/sessions", "204 GET, HEAD, POST, OPTIONS"],
    ["OPTIONS", "/nowhere", "not-found"],
    ["GET", "/nowhere", "not-found"],
    ["PUT", "/sessions", "method-not-allowed"],
    ["GET", "/sessions/a", "method-not-allowed"],
    ["get", "/sessions", "method-not-allowed"]
  ])("%s %s is answered: %s", ([method, target, outcome]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* passes(method, target), outcome)
    }))
})

describe("labels", () => {
  it.each(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"])("name %s", (method) => {
    assert.strictEqual(RouteTable.methodLabel(method), method)
  })

  it.each(["BREW", "get", "", "PROPFIND"])("share a name for other methods, such as %j", (method) => {
    assert.strictEqual(RouteTable.methodLabel(method), "_OTHER")
  })

  it("name routes by their template, and share a name for others", () => {
    assert.strictEqual(RouteTable.routeLabel(table.find("/sessions/abc")), "/sessions/{id}")
    assert.strictEqual(RouteTable.routeLabel(undefined), "_OTHER")
  })
})
