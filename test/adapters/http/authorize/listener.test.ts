/** What gateways may send over a real connection: every method, every path, announced bodies, upgrades, HTTP/2. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer, Logger, Option, Redacted } from "effect"
import { PublicAddress } from "../../../../src/adapters/http/listener/HttpServer.ts"
import { ListenerState } from "../../../../src/adapters/http/listener/ListenerState.ts"
import { parseNetwork } from "../../../../src/domain/model/IpAddress.ts"
import { signIn, signUp } from "../../../support/people.ts"
import { exchange, openConnection, parseAnswer } from "../../../support/raw-exchange.ts"
import { publicListener } from "../../../support/RunningServer.ts"
import * as TestServices from "../../../support/TestServices.ts"

const server = (trusted: string, loggers: ReadonlyArray<Logger.Logger<unknown, unknown>> = []) =>
  publicListener({ trustedProxies: Option.toArray(parseNetwork(trusted)) }, loggers).pipe(
    Layer.provide(ListenerState.layer),
    Layer.provideMerge(TestServices.layer)
  )

const aToken = Effect.gen(function*() {
  const account = yield* signUp()
  const { token } = yield* signIn(account.email)
  return Redacted.value(token)
})

const request = (line: string, headers: ReadonlyArray<string>, body = "") =>
  [`${line} HTTP/1.1`, "host: identity.example", ...headers, "", body].join("\r\n")

const ask = Effect.fnUntraced(function*(line: string, headers: ReadonlyArray<string>, body = "") {
  const { port } = yield* PublicAddress
  return parseAnswer(yield* exchange(port, request(line, ["connection: close", ...headers], body)))
})

const realTime = { excludeTestServices: true } as const

layer(server("127.0.0.0/8"), realTime)("over a connection, a gateway", (it) => {
  it.effect.each(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "QUERY"])(
    "is answered %s by whether there is a session, and by nothing else",
    (method) =>
      Effect.gen(function*() {
        const bearer = `authorization: Bearer ${yield* aToken}`
        const odd = ["/authorize", "/authorize?claims=name", "/authorize/%zz/%00?aal=9&%", "/authorize//../a:b/*"]
        for (const path of odd) {
          const allowed = yield* ask(`${method} ${path}`, [bearer])
          assert.strictEqual(allowed.status, 200, path)
          assert.strictEqual(allowed.headers["content-length"], "0")
          assert.notProperty(allowed.headers, "transfer-encoding")
          assert.match(allowed.headers["identity-account-id"] ?? "", /^acct_/)
          assert.strictEqual((yield* ask(`${method} ${path}`, [])).status, 401, path)
        }
      })
  )

  it.effect.each([
    { name: "whose body is larger than others may be", headers: ["content-length: 10000000"], body: "" },
    { name: "with a length and no body", headers: ["content-length: 17"], body: "" },
    { name: "in chunks that don't come", headers: ["transfer-encoding: chunked"], body: "" },
    { name: "with a body", headers: ["content-length: 17"], body: "{\"a\":\"a b c d e\"}" }
  ])(
    "[ASVS 4.2.1] is answered a request $name, and its connection ends",
    ({ body, headers }) =>
      Effect.gen(function*() {
        const { port } = yield* PublicAddress
        const token = yield* aToken
        const connection = yield* openConnection(port)
        yield* connection.write(request("POST /authorize", [`authorization: Bearer ${token}`, ...headers], body))
        yield* connection.answered
        // What follows could be meant as the body or as a request.
        yield* connection.write(request("GET /sessions/me", [`authorization: Bearer ${token}`]))
        yield* connection.end
        const answers = (yield* connection.ended).split("HTTP/1.1 ")
        assert.lengthOf(answers, 2)
        const answer = parseAnswer(`HTTP/1.1 ${answers[1] ?? ""}`)
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(answer.headers["connection"], "close")
      }).pipe(Effect.scoped)
  )

  it.effect("is answered a WebSocket's handshake like any request", () =>
    Effect.gen(function*() {
      const { port } = yield* PublicAddress
      const upgrade = ["connection: Upgrade", "upgrade: websocket", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="]
      const statusFor = (headers: ReadonlyArray<string>) =>
        Effect.gen(function*() {
          const connection = yield* openConnection(port)
          yield* connection.write(request("GET /authorize", [...upgrade, ...headers]))
          yield* connection.answered
          yield* connection.end
          return parseAnswer(yield* connection.ended).status
        }).pipe(Effect.scoped)
      const token = yield* aToken
      const cookie = `cookie: __Host-identity-session=${token}`
      assert.strictEqual(yield* statusFor([`authorization: Bearer ${token}`]), 200)
      assert.strictEqual(yield* statusFor([cookie, "sec-fetch-site: same-origin"]), 200)
      assert.strictEqual(yield* statusFor([cookie, "origin: https://evil.example"]), 403)
      assert.strictEqual(yield* statusFor([]), 401)
    }))

  it.effect("[ASVS 3.5.1] has the visitor's method judged, not its own", () =>
    Effect.gen(function*() {
      const cookie = `cookie: __Host-identity-session=${yield* aToken}`
      const foreign = ["origin: https://evil.example", cookie]
      assert.strictEqual((yield* ask("GET /authorize", [...foreign, "x-original-method: DELETE"])).status, 403)
      assert.strictEqual((yield* ask("GET /authorize", [...foreign, "x-original-method: GET"])).status, 200)
      const twice = ["x-original-method: GET", "x-original-method: POST"]
      assert.strictEqual((yield* ask("GET /authorize", [...foreign, ...twice])).status, 400)
    }))
})

describe("a gateway that is not trusted", () => {
  it.live("[ASVS 4.1.3] is not believed, and the log says so once", () => {
    const lines: Array<string> = []
    const journal = Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") lines.push(String(message))
    })
    return Effect.gen(function*() {
      const foreign = ["origin: https://evil.example", `cookie: __Host-identity-session=${yield* aToken}`]
      for (let times = 0; times < 3; times++) {
        assert.strictEqual((yield* ask("POST /authorize", [...foreign, "x-original-method: GET"])).status, 403)
        assert.strictEqual((yield* ask("POST /authorize", [...foreign, "x-forwarded-method: GET"])).status, 403)
      }
      assert.lengthOf(lines, 1)
      assert.include(lines[0] ?? "", "IDENTITY_TRUSTED_PROXIES")
    }).pipe(Effect.provide(server("10.0.0.0/8", [journal])))
  })
})
