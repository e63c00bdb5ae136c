/** What any caller of the public listener can learn about the server. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Option } from "effect"
import { readFileSync } from "node:fs"
import { AccountDirectory } from "../../../src/domain/accounts/AccountDirectory.ts"
import { Accounts } from "../../../src/domain/accounts/Accounts.ts"
import { AuditReview } from "../../../src/domain/audit/AuditReview.ts"
import { Email } from "../../../src/domain/model/Email.ts"
import { exchange, parseAnswer } from "../../support/raw-exchange.ts"
import { SharedListener } from "../../support/RunningServer.ts"
import { ADA, adaSignedIn, bearer, TestIdentity } from "../../support/TestIdentity.ts"

const realTime = { excludeTestServices: true } as const

const REST = "host: identity.example\r\nconnection: close\r\n"

const send = (port: number, line: string, more = "", body = "") =>
  Effect.map(
    exchange(
      port,
      `${line} HTTP/1.1\r\n${REST}${more}${body === "" ? "" : `content-length: ${body.length}\r\n`}\r\n${body}`
    ),
    parseAnswer
  )

const JSON_TYPE = "content-type: application/json\r\n"

/** One answer from each part of the server that makes answers. Goldens hold the app's refusals. */
const requests: ReadonlyArray<
  readonly [status: number, line: string, type: string | undefined, headers?: string, body?: string]
> = [
  [201, "POST /accounts", "application/json", JSON_TYPE, JSON.stringify(ADA)],
  [200, "GET /problems", "text/html; charset=utf-8"],
  [200, "GET /docs", "text/html; charset=utf-8"],
  [200, "GET /openapi.json", "application/json"],
  [204, "OPTIONS /sessions", undefined],
  [401, "GET /sessions/me", "application/problem+json"],
  [431, `GET /${"a".repeat(20_000)}`, "application/problem+json"]
]

describe("every answer", () => {
  layer(SharedListener.layer, realTime)((it) => {
    it.effect.each(requests)("[ASVS 3.4.3, 3.4.4, 3.4.5, 3.4.6, 4.1.1, 14.3.2] %i to %.30s carries what it must", (
      [status, line, type, headers, body]
    ) =>
      Effect.gen(function*() {
        const answer = yield* send(yield* SharedListener, line, headers, body)
        assert.strictEqual(answer.status, status)
        assert.strictEqual(answer.headers["content-type"], type)
        const policy = answer.headers["content-security-policy"] ?? ""
        assert.match(policy, /^default-src 'none';/)
        for (const directive of ["base-uri", "frame-ancestors"]) assert.include(policy, `${directive} 'none'`)
        assert.strictEqual(answer.headers["x-content-type-options"], "nosniff")
        assert.strictEqual(answer.headers["referrer-policy"], "no-referrer")
        assert.strictEqual(answer.headers["cache-control"], "no-store")
      }))
  })

  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"))

  layer(SharedListener.layer, realTime)((it) => {
    it.effect.each(requests.filter(([, line]) => !line.endsWith(".json")))(
      "[ASVS 13.4.2, 13.4.6] %i to %.30s names no version, program or place in the source",
      ([_, line, __, headers, body]) =>
        Effect.gen(function*() {
          const answer = yield* send(yield* SharedListener, line, headers, body)
          assert.notProperty(answer.headers, "server")
          assert.notProperty(answer.headers, "x-powered-by")
          const text = JSON.stringify(answer)
          assert.notInclude(text, String(version))
          assert.notMatch(text, /node[/.]?v?\d|effect|\.ts:\d|node_modules|at \w+ \(/i)
        })
    )
  })
})

const hidden = ["//", "/docs/", "/problems/", "/src", "/.env", "/.git/config", "/package.json", "/debug", "/actuator"]

layer(SharedListener.layer, realTime)("the public listener", (it) => {
  it.effect.each([...hidden, "/metrics", "/livez", "/readyz", "/health", "/server-status", "/debug/pprof"])(
    "[ASVS 13.4.2, 13.4.3, 13.4.5] has nothing at %s",
    (path) =>
      Effect.gen(function*() {
        assert.strictEqual((yield* send(yield* SharedListener, `GET ${path}`)).status, 404)
      })
  )

  const addresses: ReadonlyArray<readonly [path: string, allow: string]> = [
    ["/accounts", "POST, OPTIONS"],
    ["/accounts/me", "GET, HEAD, PATCH, DELETE, OPTIONS"],
    ["/accounts/me/password", "PUT, OPTIONS"],
    ["/sessions", "POST, GET, HEAD, DELETE, OPTIONS"],
    ["/sessions/me", "GET, HEAD, DELETE, OPTIONS"],
    ["/sessions/ses_1", "DELETE, OPTIONS"],
    ["/", "GET, HEAD, OPTIONS"],
    ["/docs", "GET, HEAD, OPTIONS"]
  ]

  it.effect.each(addresses)(
    "[ASVS 4.1.4, 13.4.4] takes at %s no method but %s",
    ([path, allow]) =>
      Effect.gen(function*() {
        const port = yield* SharedListener
        const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "SEARCH", "LINK"]
        for (const method of methods.filter((name) => !allow.split(", ").includes(name))) {
          const answer = yield* send(port, `${method} ${path}`, "x-http-method-override: GET\r\n")
          assert.strictEqual(answer.status, 405, method)
          assert.strictEqual(answer.headers["allow"], allow)
        }
      })
  )
})

it.effect.each(["", "?_method=DELETE", "?method=POST&display_name=New"])(
  "[ASVS 3.5.3] reading with %j changes nothing",
  (
    query
  ) =>
    Effect.gen(function*() {
      const { identity, token } = yield* adaSignedIn
      const { items: [account] } = yield* (yield* AccountDirectory).list(
        {
          emailPrefix: Option.none(),
          status: Option.none(),
          createdSince: Option.none(),
          createdBefore: Option.none(),
          verified: Option.none(),
          lastSignInBefore: Option.none()
        },
        { limit: 2, after: Option.none() }
      )
      const entries = Effect.flatMap(
        AuditReview,
        (review) =>
          review.list({ accountId: Option.none(), action: Option.none(), since: Option.none() }, {
            limit: 10,
            after: Option.none()
          })
      )
      const before = yield* entries
      const headers = { ...bearer(token), "x-http-method-override": "DELETE", "x-http-method": "DELETE" }
      for (const path of ["/accounts/me", "/sessions", "/sessions/me", "/docs", "/problems", "/openapi.json"]) {
        for (const method of ["GET", "HEAD"]) {
          const { status } = yield* identity.send(method, `${path}${query}`, { headers })
          assert.include([200, 422], status)
        }
      }
      assert.deepStrictEqual(yield* entries, before)
      assert.deepStrictEqual(yield* (yield* Accounts).get(Email.make(ADA.email)), account)
    }).pipe(Effect.provide(TestIdentity.layer))
)
