import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { IpNetwork } from "effect/net"
import { SESSION_COOKIE } from "../../../src/adapters/http/api/Authentication.ts"
import { ADA, adaSignedIn, bearer, TestIdentity } from "../../support/TestIdentity.ts"
import type { Sent } from "../../support/TestIdentity.ts"
import * as TestServices from "../../support/TestServices.ts"

/** The largest body and the largest head of a request. */
const BODY_BYTES_MAX = 64 * 1024
const HEAD_BYTES_MAX = 16 * 1024

const ANSWER_BYTES_MAX = 16 * 1024

/** The promise is 5 ms on a quiet machine. A machine that runs other tests at the same time gets more. */
const CPU_MILLISECONDS_MAX = 20

/** As many items as fit between two ends, with commas between them. */
const filled = (open: string, item: (index: number) => string, close: string, bytesMax: number): string => {
  const items: Array<string> = []
  let left = bytesMax - open.length - close.length
  for (let next = item(0); left >= next.length; next = item(items.length)) {
    items.push(next)
    left -= next.length + 1
  }
  return `${open}${items.join(",")}${close}`
}

const body = (open: string, item: (index: number) => string, close: string) => filled(open, item, close, BODY_BYTES_MAX)

const nested = (open: string, inner: string, close: string): string => {
  const depth = Math.floor((BODY_BYTES_MAX - inner.length) / (open.length + close.length))
  return open.repeat(depth) + inner + close.repeat(depth)
}

const short = (index: number) => index.toString(36)

const bodies: ReadonlyArray<readonly [what: string, body: string]> = [
  ["members nobody knows", body("{", (index) => `"${short(index)}":1`, "}")],
  ["members of escapes", body("{", (index) => `"${"\\u0001".repeat(60)}${short(index)}":1`, "}")],
  [
    "as many members as are looked at",
    JSON.stringify(
      Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`${"\u0001".repeat(62)}${index}`, 1]))
    )
  ],
  ["members of numbers", body("{", (index) => `"${index}":1`, "}")],
  ["long members nobody knows", body("{", (index) => `"${short(index)}${"~".repeat(80)}":1`, "}")],
  ["members beside a person", body(`${JSON.stringify(ADA).slice(0, -1)},`, (index) => `"${short(index)}":1`, "}")],
  ["members of a member", body("{\"email\":{", (index) => `"${short(index)}":1`, "}}")],
  ["objects of a member", body("{\"email\":[", () => "{}", "]}")],
  ["objects with a member each", body("[", (index) => `{"${short(index)}":1}`, "]")],
  ["lists", body("[", () => "[]", "]")],
  ["numbers", body("[", () => "1", "]")],
  ["strings", body("[", () => "\"\"", "]")],
  ["lists in lists", nested("[", "", "]")],
  ["objects in objects", nested("{\"a\":", "1", "}")],
  ["the same member again and again", body("{", () => "\"a\":1", "}")],
  ["a long email", `{"email":"${"a".repeat(65_000)}"}`],
  ["an email of marks", `{"email":"${"\u0327\u0301".repeat(16_000)}"}`],
  ["an escaped password", `{"password":"${"\\u0041".repeat(10_900)}"}`],
  ["a password of marks", `{"password":"${"\u0327\u0301".repeat(16_000)}"}`],
  ["a name of marks", `{"display_name":"${"\u0327\u0301".repeat(16_000)}"}`],
  [
    "marks, as long as they may be",
    JSON.stringify({
      email: "\u0327\u0301".repeat(127),
      password: "\u0327\u0301".repeat(1024),
      display_name: "\u0327\u0301".repeat(800)
    })
  ],
  ["blanks", `{${" ".repeat(65_000)}}`],
  ["quotation marks", "\"".repeat(BODY_BYTES_MAX)],
  ["backslashes", `{"a":"${"\\\\".repeat(32_000)}`],
  ["open brackets", "[".repeat(BODY_BYTES_MAX)]
]

const head = (item: (index: number) => string, separator: string): string =>
  filled("", item, "", HEAD_BYTES_MAX).replaceAll(",", separator)

/** With a session, because most parts would otherwise not run. */
const heads: ReadonlyArray<readonly [what: string, method: string, path: string, headers: Record<string, string>]> = [
  ["cookies", "GET", "/sessions/me", { cookie: head((index) => `${short(index)}=1`, "; ") }],
  ["session cookies", "GET", "/sessions/me", { cookie: head(() => `${SESSION_COOKIE}=x`, "; ") }],
  ["bearer tokens", "GET", "/sessions/me", { authorization: head(() => "Bearer x", ", ") }],
  ["forwarded addresses", "GET", "/sessions/me", { "x-forwarded-for": head(() => "10.0.0.1", ",") }],
  ["long forwarded addresses", "GET", "/sessions/me", { "x-forwarded-for": head(() => "::ffff:10.0.0.1", ",") }],
  ["digits of a forwarded address", "GET", "/sessions/me", { "x-forwarded-for": "1".repeat(HEAD_BYTES_MAX) }],
  ["colons of a forwarded address", "GET", "/sessions/me", { "x-forwarded-for": `[${":".repeat(HEAD_BYTES_MAX)}]` }],
  ["characters of a token", "GET", "/sessions/me", { authorization: `Bearer old.${"a".repeat(HEAD_BYTES_MAX)}.b` }],
  ["blanks in a media type", "POST", "/sessions", { "content-type": `application/json${" \t".repeat(8000)}x` }],
  ["characters of an origin", "GET", "/sessions/me", { origin: `https://${"a.".repeat(8000)}` }],
  ["versions", "PATCH", "/accounts/me", { "if-match": head((index) => `"${index}"`, ",") }],
  ["media types", "GET", "/sessions/me", { accept: head((index) => `a/${short(index)};q=0.1`, ",") }],
  ["segments of a path", "GET", `/${head(() => "a", "/")}`, {}],
  ["escapes in a path", "DELETE", `/sessions/${"%41".repeat(5000)}`, {}],
  ["query parameters", "GET", `/sessions?${head((index) => `${short(index)}=1`, "&")}`, {}],
  ["limits", "GET", `/sessions?${head((index) => `limit=${index}`, "&")}`, {}],
  ["positions", "GET", `/sessions?${head((index) => `after=${index}`, "&")}`, {}],
  ["a long position", "GET", `/sessions?after=${"a.".repeat(8000)}`, {}],
  ["a long key", "POST", "/sessions", { "idempotency-key": "k".repeat(16_000) }],
  ["trace states", "GET", "/sessions/me", { tracestate: head((index) => `${short(index)}=1`, ",") }]
]

const sizeOf = ({ headers, text }: { readonly headers: Readonly<Record<string, string>>; readonly text: string }) =>
  Buffer.byteLength(text) + Buffer.byteLength(JSON.stringify(headers))

const REPETITIONS = 7

/** The least CPU time of a request in a few tries, in milliseconds. That reduces the influence of other work. */
const costOf = Effect.fnUntraced(function*(method: string, path: string, sent: Sent) {
  const identity = yield* TestIdentity
  const costs: Array<number> = []
  let size = 0
  let status = 0
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    const before = process.cpuUsage()
    const answer = yield* identity.send(method, path, sent)
    const { system, user } = process.cpuUsage(before)
    costs.push((user + system) / 1000)
    size = sizeOf(answer)
    status = answer.status
  }
  return { milliseconds: Math.min(...costs), size, status }
})

const behindProxy = TestIdentity.layerOver({ trustedProxies: [IpNetwork.fromStringUnsafe("10.0.0.0/8")] }).pipe(
  Layer.provideMerge(TestServices.layer)
)

describe("[P18] a request", () => {
  layer(TestIdentity.layer)((it) => {
    it.effect.each(bodies)(
      "[ASVS 15.2.2] with a body full of %s costs little, and its answer is short",
      ([_, text]) =>
        Effect.gen(function*() {
          for (const path of ["/accounts", "/sessions"]) {
            const cost = yield* costOf("POST", path, { body: text, headers: { "content-type": "application/json" } })
            assert.include([400, 422], cost.status)
            assert.isAtMost(cost.size, ANSWER_BYTES_MAX)
            assert.isAtMost(cost.milliseconds, CPU_MILLISECONDS_MAX)
          }
        })
    )
  })

  layer(behindProxy)((it) => {
    it.effect.each(heads)(
      "[ASVS 15.2.2] with %s without end costs little",
      ([_, method, path, headers]) =>
        Effect.gen(function*() {
          const { token } = yield* adaSignedIn
          const cost = yield* costOf(method, path, {
            headers: { ...bearer(token), ...headers },
            from: "10.0.0.1",
            ...(method === "GET" || method === "DELETE" ? {} : { json: {} })
          })
          assert.isAtMost(cost.size, ANSWER_BYTES_MAX)
          assert.isAtMost(cost.milliseconds, CPU_MILLISECONDS_MAX)
        })
    )
  })
})
