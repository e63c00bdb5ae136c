import { assert, describe, it, layer, vi } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { SESSION_COOKIE } from "../../../src/adapters/http/api/Authentication.ts"
import { jsonFault } from "../../../src/kernel/JsonText.ts"
import { ADA, TestIdentity } from "../../support/TestIdentity.ts"
import type { Sent } from "../../support/TestIdentity.ts"
import { bytes, inHeader, nearly } from "../../support/texts.ts"

const json = { "content-type": "application/json" }

const headerText = (...words: ReadonlyArray<string>) => Arbitrary.map(nearly(...words), inHeader)

const signUp = (sent: Sent) =>
  Effect.flatMap(TestIdentity, (identity) => identity.send("POST", "/accounts", sent)).pipe(
    Effect.provide(TestIdentity.layer)
  )

const Errors = Schema.Struct({
  errors: Schema.Array(Schema.Struct({ pointer: Schema.String, detail: Schema.String }))
})

const pointersOf = (body: unknown) =>
  Effect.map(Schema.decodeUnknownEffect(Errors)(body), ({ errors }) => errors.map(({ pointer }) => pointer))

const mediaTypes: ReadonlyArray<readonly [type: string | undefined, status: number]> = [
  ["application/json", 201],
  ["Application/JSON; Charset=UTF-8", 201],
  ["application/json;charset=\"utf-8\"", 201],
  [undefined, 415],
  ["text/plain", 415],
  ["application/x-www-form-urlencoded", 415],
  ["multipart/form-data; boundary=x", 415],
  ["application/json; charset=utf-16", 415],
  ["application/json; charset=utf-8; x=y", 415],
  ["text/plain; application/json", 415],
  ["application/json, text/plain", 415],
  ["application/problem+json", 415],
  ["application/jsonp", 415]
]

const malformed: ReadonlyArray<readonly [name: string, body: string | Uint8Array<ArrayBuffer>]> = [
  ["nothing", ""],
  ["half an object", "{\"email\":"],
  ["two values", "{} {}"],
  ["a comment", "{/* */}"],
  ["single quotes", "{'email':1}"],
  ["NaN", "{\"email\":NaN}"],
  ["bytes that are no UTF-8", Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ["the same member twice", "{\"email\":\"a\",\"email\":\"b\"}"],
  ["the same member twice in two spellings", "{\"email\":\"a\",\"\\u0065mail\":\"b\"}"],
  ["the same member twice deep inside", "{\"a\":[{\"b\":{\"c\":1,\"c\":2}}]}"]
]

describe("[ASVS 3.5.2] a body", () => {
  it.effect.each(mediaTypes)("sent as %s is answered with %i", ([type, status]) =>
    Effect.gen(function*() {
      const answer = yield* signUp({
        body: new TextEncoder().encode(JSON.stringify(ADA)),
        headers: type === undefined ? {} : { "content-type": type }
      })
      assert.strictEqual(answer.status, status)
    }))

  it.effect("that is compressed is not taken", () =>
    Effect.gen(function*() {
      const answer = yield* signUp({ json: ADA, headers: { "content-encoding": "gzip" } })
      assert.strictEqual(answer.status, 415)
    }))

  it.effect.each(malformed)("[ASVS 15.3.7] of %s is malformed", ([_, body]) =>
    Effect.gen(function*() {
      const answer = yield* signUp({ body, headers: json })
      assert.strictEqual(answer.status, 400)
      assert.strictEqual(answer.json["code"], "malformed-request")
    }))

  it.effect("as deep as a body can be is refused like any other", () =>
    Effect.gen(function*() {
      const deep = `{"email":${"[".repeat(30_000)}${"]".repeat(30_000)}}`
      assert.strictEqual((yield* signUp({ body: deep, headers: json })).status, 422)
    }))

  it.effect("may hold 64 KiB and not a byte more", () =>
    Effect.gen(function*() {
      const text = JSON.stringify(ADA)
      const padded = (length: number) => text + " ".repeat(length - text.length)
      const [fits, tooLong] = [64 * 1024, 64 * 1024 + 1]
      assert.strictEqual((yield* signUp({ body: padded(fits), headers: json })).status, 201)
      assert.strictEqual((yield* signUp({ body: padded(tooLong), headers: json })).status, 413)
    }))
})

it.effect("a body is parsed once", () =>
  Effect.gen(function*() {
    const identity = yield* TestIdentity
    const body = JSON.stringify(ADA)
    const parsed = yield* Effect.acquireRelease(
      Effect.sync(() => vi.spyOn(JSON, "parse")),
      (spy) => Effect.sync(() => spy.mockRestore())
    )
    const { status } = yield* identity.send("POST", "/accounts", { json: ADA })
    const texts = parsed.mock.calls.filter(([text]) => text === body)
    assert.strictEqual(status, 201)
    assert.lengthOf(texts, 1)
  }).pipe(Effect.provide(TestIdentity.layer)))

const invalid: ReadonlyArray<readonly [name: string, body: string, pointers: ReadonlyArray<string>]> = [
  ["an array", "[]", [""]],
  ["null", "null", [""]],
  ["a string", "\"ada@example.com\"", [""]],
  ["nothing in it", "{}", ["/display_name", "/email", "/password"]],
  ["wrong types", "{\"email\":1,\"password\":{},\"display_name\":null}", ["/display_name", "/email", "/password"]],
  ["a member nobody knows", JSON.stringify({ ...ADA, role: "admin" }), ["/role"]],
  ["__proto__", `{"__proto__":{"role":"admin"},${JSON.stringify(ADA).slice(1)}`, ["/__proto__"]],
  ["a name that looks like a pointer", JSON.stringify({ ...ADA, "a/b~c": 1 }), ["/a~1b~0c"]],
  ["a name without end", JSON.stringify({ ...ADA, ["x".repeat(1000)]: 1 }), [`/${"x".repeat(64)}…`]],
  ["a NUL in the email", JSON.stringify({ ...ADA, email: "a\0@example.com" }), ["/email"]],
  ["two emails in one", JSON.stringify({ ...ADA, email: "a@example.com,b@example.com" }), ["/email"]],
  ["a line break in the name", JSON.stringify({ ...ADA, display_name: "a\r\nb" }), ["/display_name"]],
  ["a name that nobody sees", JSON.stringify({ ...ADA, display_name: "\u200b" }), ["/display_name"]],
  ["a name that turns the direction of text", JSON.stringify({ ...ADA, display_name: "Ada\u202e" }), ["/display_name"]],
  ["half a character", `{"email":"a@example.com","password":"\\ud800bcdefgh","display_name":"A"}`, ["/password"]]
]

describe("[ASVS 2.2.1] input with", () => {
  it.effect.each(invalid)(
    "[ASVS 15.3.3, 15.3.5, 15.3.6] %s names what is wrong",
    ([_, body, pointers]) =>
      Effect.gen(function*() {
        const answer = yield* signUp({ body, headers: json })
        assert.strictEqual(answer.status, 422)
        assert.deepStrictEqual((yield* pointersOf(answer.json)).toSorted(), pointers)
      })
  )

  it.effect("[P8] secrets in every member gets none of them back", () =>
    Effect.gen(function*() {
      const canary = "canary-7c1f"
      const body = JSON.stringify({
        email: canary,
        password: canary.slice(0, 7),
        display_name: `${canary}\n`,
        x: canary
      })
      const answer = yield* signUp({ body, headers: json })
      assert.strictEqual(answer.status, 422)
      assert.notInclude(answer.text, "canary")
    }))

  it.effect.each(["0", "101", "-1", "1.5", "1e1", " 5", "+5", "", "ten", "5&limit=6"])(
    "limit=%s is refused",
    (limit) =>
      Effect.gen(function*() {
        const identity = yield* TestIdentity
        yield* identity.signUp()
        const headers = { authorization: `Bearer ${yield* identity.signIn()}` }
        const answer = yield* identity.send("GET", `/sessions?limit=${limit}`, { headers })
        assert.strictEqual(answer.status, 422)
        assert.deepStrictEqual(yield* pointersOf(answer.json), ["/limit"])
      }).pipe(Effect.provide(TestIdentity.layer))
  )

  it.effect.each(["x", "' OR 1=1 --", "old.eyJ9.AAAA"])("after=%s is refused", (after) =>
    Effect.gen(function*() {
      const identity = yield* TestIdentity
      yield* identity.signUp()
      const headers = { authorization: `Bearer ${yield* identity.signIn()}` }
      const answer = yield* identity.send("GET", `/sessions?after=${encodeURIComponent(after)}`, { headers })
      assert.strictEqual(answer.status, 422)
      assert.deepStrictEqual(yield* pointersOf(answer.json), ["/after"])
    }).pipe(Effect.provide(TestIdentity.layer)))

  it.effect.each(["ses_1", "'; DROP TABLE sessions; --", "ses_" + "A".repeat(25), "a".repeat(200), "%00", ".."])(
    "[ASVS 1.2.4] the session id %s finds nothing",
    (id) =>
      Effect.gen(function*() {
        const identity = yield* TestIdentity
        yield* identity.signUp()
        const headers = { authorization: `Bearer ${yield* identity.signIn()}` }
        const path = id === ".." ? "/sessions/%2e%2e" : `/sessions/${encodeURIComponent(id)}`
        // Clients resolve `..` to the front page, which exists but does not take DELETE.
        const { status } = yield* identity.send("DELETE", path, { headers })
        assert.strictEqual(status, id === ".." ? 405 : 404)
      }).pipe(Effect.provide(TestIdentity.layer))
  )
})

const withoutFault = (sent: Sent, ...statuses: ReadonlyArray<number>) =>
  Effect.gen(function*() {
    const answer = yield* (yield* TestIdentity).send("POST", "/accounts", sent)
    assert.include(statuses, answer.status, answer.text)
    assert.isString(answer.json["code"])
  })

// None of these leaves anything behind, so one server takes them all: making one costs ten times as much as a request.
layer(TestIdentity.layer)("no fault of ours comes of", (it) => {
  it.effect.prop(
    "bytes that may or may not be JSON",
    { body: bytes(0, 40) },
    ({ body }) => withoutFault({ body, headers: json }, 400, 422)
  )

  it.effect.prop("JSON that may or may not be an account", {
    email: Schema.Json,
    password: Schema.Json,
    display_name: Schema.Json,
    more: Schema.Record(Schema.String, Schema.Json)
  }, ({ more, ...account }) => withoutFault({ body: JSON.stringify({ ...more, ...account }), headers: json }, 400, 422))

  it.effect.prop("headers of whatever text", {
    headers: Arbitrary.all({
      authorization: headerText("Bearer ", "old.a.b"),
      cookie: headerText(`${SESSION_COOKIE}=`, "old.a.b"),
      origin: headerText("https://", "null", "app.example"),
      "sec-fetch-site": headerText("cross-site", "same-origin"),
      traceparent: headerText("00-", "0af7651916cd43dd8448eb211c80319c", "-b7ad6b7169203331", "-01"),
      tracestate: headerText("a=b", ","),
      "x-forwarded-for": headerText("127.0.0.1", "::1"),
      "x-request-id": headerText("req-1"),
      "idempotency-key": headerText("key-1"),
      "if-match": headerText("\"1\"", "*"),
      "content-type": headerText("application/json", "charset=utf-8"),
      "user-agent": headerText("curl/8")
    })
  }, ({ headers }) => withoutFault({ body: "{", headers }, 400, 415, 422))
})

it.effect.prop(
  "a JSON text that was written from a value has no duplicate members",
  [Schema.Json],
  ([value]) => Effect.sync(() => assert.notStrictEqual(jsonFault(JSON.stringify(value)), "duplicate-members"))
)

it.effect.prop(
  "[ASVS 1.5.3] a member that is repeated is found, wherever the text stands and whatever it holds",
  [Schema.String, Schema.Json],
  ([name, value]) =>
    Effect.sync(() => {
      const member = `${JSON.stringify(name)} :${JSON.stringify(value)}`
      assert.strictEqual(jsonFault(`[{"a":[{ ${member},\n${member}}]}]`), "duplicate-members")
      assert.isUndefined(jsonFault(`[{${member}},{${member}}]`))
    })
)
