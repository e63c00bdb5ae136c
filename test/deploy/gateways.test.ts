/**
 * The files of deploy/gateways, run by the real programs where they are installed, and attacked. Debian has neither
 * Traefik nor Envoy.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Sessions } from "../../src/domain/sessions/Sessions.ts"
import { signIn, signUp } from "../support/people.ts"
import { http2Send } from "../support/tls-requests.ts"
import { Gateway, isAbsent, Outage, programs } from "./Gateway.ts"

const UNSAFE = ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"]

/** Names that are, or that some application makes, the name of a header that only the gateway may write. */
const spellings = [
  "identity-account-id",
  "Identity-Account-Id",
  "IDENTITY-ACCOUNT-ID",
  "identity_account_id",
  "Identity_Account-Id",
  "identity-account_id",
  "identity.account.id",
  "identity~account-id",
  "identity-email",
  "identity_email",
  "identity-aal",
  "identity-authorize",
  "identity-device"
]

const signedIn = Effect.gen(function*() {
  const account = yield* signUp()
  const { session, token } = yield* signIn(account.email)
  const text = Redacted.value(token)
  return {
    account,
    session,
    bearer: `authorization: Bearer ${text}`,
    cookie: `cookie: __Host-identity-session=${text}`
  }
})

/** The values of the headers that an application could take for this one. */
const valuesOf = (headers: ReadonlyArray<string>, name: string) =>
  headers.flatMap((key, index) =>
    index % 2 === 0 && key.toLowerCase().replaceAll(/[^a-z0-9]/g, "-") === name ? [headers[index + 1]] : []
  )

const OWN = "origin: https://app.example.com"
const EVIL = "origin: https://evil.example"
const realTime = { excludeTestServices: true } as const

describe.each(programs)("behind $name", (program) => {
  const absent = isAbsent(program)
  if (absent) return it.skipIf(absent)("nothing is asked, because it is not installed here", () => assert.fail())

  layer(Gateway.layer(program), realTime)((it) => {
    it.effect("nobody gets through without a session, whatever they claim to be", () =>
      Effect.gen(function*() {
        const { seen, send } = yield* Gateway
        const before = seen.requests
        const spoofed = spellings.map((name) => `${name}: acct_spoofed`)
        const paths = ["/", "/orders?a=1", "/sign-in/../orders", "/sign-in%2f..%2forders", "/sign-in/", "/id/../orders"]
        for (const path of paths) {
          for (const method of ["GET", "OPTIONS", ...UNSAFE]) {
            for (const headers of [[], ["authorization: Bearer forged"], spoofed]) {
              const { status } = yield* send(`${method} ${path}`, headers)
              assert.include([400, 401, 404, 405], status, `${method} ${path}`)
            }
          }
        }
        assert.strictEqual(seen.requests, before)
      }))

    it.effect("the page to sign in is open, and no other path passes for it", () =>
      Effect.gen(function*() {
        const { send } = yield* Gateway
        assert.strictEqual((yield* send("GET /sign-in?next=%2F", [])).received?.url, "/sign-in?next=%2F")
        for (const path of ["/orders/../sign-in", "/orders/%2e%2e/sign-in", "//sign-in", "/orders%2f../sign-in"]) {
          const { received } = yield* send(`GET ${path}`, [])
          assert.include([undefined, "/sign-in"], received?.url, path)
        }
      }))

    it.effect("a good session gets through, and the application learns whose it is", () =>
      Effect.gen(function*() {
        const { send } = yield* Gateway
        const { account, bearer, cookie, session } = yield* signedIn
        for (const headers of [[bearer], [cookie]]) {
          const { received, status } = yield* send("GET /orders/7?aal=2&claims=email&x=%20", headers)
          assert.strictEqual(status, 200)
          assert.strictEqual(received?.url, "/orders/7?aal=2&claims=email&x=%20")
          const sent = received?.headers ?? []
          assert.deepStrictEqual(valuesOf(sent, "identity-account-id"), [account.id])
          assert.deepStrictEqual(valuesOf(sent, "identity-session-id"), [session.id])
          assert.deepStrictEqual(valuesOf(sent, "identity-aal"), ["1"])
          assert.deepStrictEqual(valuesOf(sent, "identity-email"), [])
        }
      }))

    it.effect.each(spellings)(
      "[ASVS 4.1.3] what a visitor writes into %s never reaches the application",
      (name) =>
        Effect.gen(function*() {
          const { send } = yield* Gateway
          const { account, bearer } = yield* signedIn
          for (const path of ["/orders", "/sign-in"]) {
            const { received, status } = yield* send(`GET ${path}`, [bearer, `${name}: spoofed`, `${name}: again`])
            // Some programs refuse a name with an underscore.
            if (status === 400) continue
            assert.strictEqual(status, 200)
            assert.notMatch(JSON.stringify(received?.headers), /spoofed|again/)
            const ids = valuesOf(received?.headers ?? [], "identity-account-id")
            assert.deepStrictEqual(ids, path === "/sign-in" ? [] : [account.id])
          }
        })
    )

    it.effect("[ASVS 8.3.2] a session that was revoked a moment ago is refused", () =>
      Effect.gen(function*() {
        const { seen, send } = yield* Gateway
        const { account, bearer, cookie } = yield* signedIn
        assert.strictEqual((yield* send("GET /", [bearer])).status, 200)
        yield* (yield* Sessions).revokeAll(account.id)
        const before = seen.requests
        for (const headers of [[bearer], [cookie]]) {
          const answer = yield* send("GET /", headers)
          assert.strictEqual(answer.status, 401)
          assert.match(answer.headers["www-authenticate"] ?? "", /^Bearer/)
          assert.strictEqual("set-cookie" in answer.headers, headers[0] === cookie)
        }
        assert.strictEqual(seen.requests, before)
      }))

    it.effect("[ASVS 3.5.1] a cookie's unsafe request passes from an allowed origin only", () =>
      Effect.gen(function*() {
        const { seen, send } = yield* Gateway
        const { bearer, cookie } = yield* signedIn
        for (const method of UNSAFE) {
          assert.strictEqual((yield* send(`${method} /orders`, [cookie, OWN])).status, 200)
          assert.strictEqual((yield* send(`${method} /orders`, [bearer, EVIL])).status, 200)
          const before = seen.requests
          for (const method2 of [undefined, "x-original-method: GET", "x-forwarded-method: GET"]) {
            for (const origin of [[EVIL], [], ["origin: null"], [EVIL, "sec-fetch-site: cross-site"]]) {
              const claimed = method2 === undefined ? [] : [method2, method2.replace("-", "_")]
              const { status } = yield* send(`${method} /orders`, [cookie, ...origin, ...claimed])
              assert.include([400, 403], status, `${method} ${origin} ${method2}`)
            }
          }
          assert.strictEqual(seen.requests, before)
        }
        assert.strictEqual((yield* send("GET /orders", [cookie, EVIL])).status, 200)
      }))

    it.effect("[ASVS 3.5.1] a WebSocket opens for a good session, from an allowed origin only", () =>
      Effect.gen(function*() {
        const { openSocket, seen } = yield* Gateway
        const { account, bearer, cookie } = yield* signedIn
        const [authorization, cookies] = [bearer, cookie].map((header) => header.slice(header.indexOf(" ") + 1))
        for (const headers of [{ authorization: `${authorization}` }, { cookie: `${cookies}`, origin: OWN.slice(8) }]) {
          const { received, status } = yield* openSocket(headers)
          assert.strictEqual(status, 101)
          assert.deepStrictEqual(valuesOf(received?.headers ?? [], "identity-account-id"), [account.id])
        }
        const before = seen.requests
        assert.strictEqual((yield* openSocket({})).status, 401)
        assert.strictEqual((yield* openSocket({ cookie: `${cookies}`, origin: EVIL.slice(8) })).status, 403)
        assert.strictEqual(seen.requests, before)
      }))

    it.effect("[ASVS 16.5.3] nothing passes while the store is away, and nobody counts as signed out", () =>
      Effect.gen(function*() {
        const { seen, send } = yield* Gateway
        const outage = yield* Outage
        const { bearer } = yield* signedIn
        const before = seen.requests
        outage.isOn = true
        const answer = yield* Effect.ensuring(
          send("GET /", [bearer, "sec-fetch-mode: navigate"]),
          Effect.sync(() => {
            outage.isOn = false
          })
        )
        assert.strictEqual(answer.status, 503)
        assert.strictEqual(answer.headers["retry-after"], "1")
        assert.strictEqual(seen.requests, before)
        assert.strictEqual((yield* send("GET /", [bearer])).status, 200)
      }))

    it.effect("a large body reaches the application whole, and only with a session", () =>
      Effect.gen(function*() {
        const { seen, send } = yield* Gateway
        const { bearer } = yield* signedIn
        const body = "x".repeat(3 * 1024 * 1024)
        const { received, status } = yield* send("POST /uploads", [bearer], body)
        assert.deepStrictEqual([status, received?.bytes], [200, body.length])
        const before = seen.requests
        assert.strictEqual((yield* send("POST /uploads", [], "x".repeat(1000))).status, 401)
        assert.strictEqual(seen.requests, before)
        // The next visitor's request isn't taken for the rest of a body.
        assert.strictEqual((yield* send("GET /", [bearer])).status, 200)
      }))

    it.effect("over HTTP/2 it is all the same", () =>
      Effect.gen(function*() {
        const { ca, port, seen } = yield* Gateway
        const { account, bearer, cookie } = yield* signedIn
        const ask = (method: string, headers: Record<string, string>, body = "") =>
          http2Send(
            port,
            ca,
            { ":method": method, ":path": "/orders", ":authority": "app.example.com", ...headers },
            { body }
          )
        const token = { authorization: bearer.replace("authorization: ", "") }
        const good = yield* ask("POST", { ...token, "identity-account-id": "acct_spoofed" })
        assert.strictEqual(good.status, 200)
        assert.include(good.body, account.id)
        assert.notInclude(good.body, "acct_spoofed")
        // Its length is known only at its end.
        const upload = yield* ask("POST", token, "x".repeat(1_000_000))
        assert.include(upload.body, "\"bytes\":1000000")
        const before = seen.requests
        assert.strictEqual((yield* ask("POST", {}, "x".repeat(10_000))).status, 401)
        assert.strictEqual(seen.requests, before)
        const underscored = yield* ask("GET", { ...token, "identity_account_id": "acct_spoofed" })
        assert.notInclude(underscored.body, "acct_spoofed")
        const unknown = yield* ask("GET", {})
        assert.deepStrictEqual([unknown.status, unknown.headers["www-authenticate"]], [401, "Bearer"])
        const foreign = { cookie: cookie.replace("cookie: ", ""), origin: "https://evil.example" }
        assert.strictEqual((yield* ask("DELETE", foreign)).status, 403)
      }))

    it.effect("identity's own API is there, and believes no visitor", () =>
      Effect.gen(function*() {
        const { send } = yield* Gateway
        const { bearer, cookie } = yield* signedIn
        assert.strictEqual((yield* send("GET /id/sessions/me", [bearer])).status, 200)
        const claims = [cookie, EVIL, "x-original-method: GET"]
        assert.strictEqual((yield* send("DELETE /id/sessions/me", claims)).status, 403)
        assert.strictEqual((yield* send("POST /id/authorize", claims)).status, 403)
        const asked = yield* send("GET /id/authorize/x", [bearer, "identity-authorize: claims=email"])
        assert.notProperty(asked.headers, "identity-email")
      }))
  })
})
