import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, References, Schema } from "effect"
import { headerText } from "../../../src/adapters/http/exchange/RawHeaders.ts"
import { exchange, parseAnswer } from "../../support/raw-exchange.ts"
import { listening } from "../../support/RunningServer.ts"
import { ADA } from "../../support/TestIdentity.ts"
import { tlsFiles } from "../../support/tls-files.ts"
import { http2Send } from "../../support/tls-requests.ts"

/** The bytes of a text, as the characters that Node makes of them. */
const inUtf8 = (text: string) => Buffer.from(text, "utf8").toString("latin1")

const Answered = Schema.fromJsonString(Schema.Struct({ user_agent: Schema.NullOr(Schema.String) }))

const post = (port: number, path: string, body: unknown, headers: ReadonlyArray<string>) => {
  const json = JSON.stringify(body)
  const lines = [
    `POST ${path} HTTP/1.1`,
    "host: identity.example",
    "connection: close",
    "content-type: application/json",
    `content-length: ${json.length}`,
    ...headers
  ]
  return Effect.map(exchange(port, `${lines.join("\r\n")}\r\n\r\n${json}`), parseAnswer)
}

const signInBy = Effect.fnUntraced(function*(port: number, userAgent: string) {
  const { body } = yield* post(port, "/sessions", { email: ADA.email, password: ADA.password }, [
    `user-agent: ${userAgent}`
  ])
  // What came back is UTF-8, as JSON is.
  const answer = yield* Schema.decodeEffect(Answered)(Buffer.from(body, "latin1").toString("utf8"))
  return answer.user_agent
})

describe("a user agent", () => {
  it.live("that is UTF-8 is kept as what it says, and any other as it is", () =>
    Effect.gen(function*() {
      const port = yield* listening()
      yield* post(port, "/accounts", ADA, [])
      assert.strictEqual(yield* signInBy(port, inUtf8("CaféPad/1 日本")), "CaféPad/1 日本")
      assert.strictEqual(yield* signInBy(port, "Caf\u00e9Pad/1"), "CaféPad/1")
      assert.strictEqual(yield* signInBy(port, inUtf8("🧭".repeat(300))), "🧭".repeat(256))
      assert.strictEqual(yield* signInBy(port, inUtf8(`a${"🧭".repeat(300)}`)), `a${"🧭".repeat(255)}`)
    }))

  it.live("over HTTP/2 too", () =>
    Effect.gen(function*() {
      const { cert, files } = yield* tlsFiles
      const port = yield* listening({ tls: files })
      const head = { ":method": "POST", "content-type": "application/json", "user-agent": inUtf8("CaféPad/1 日本") }
      yield* http2Send(port, cert, { ...head, ":path": "/accounts" }, { body: JSON.stringify(ADA) })
      const { body } = yield* http2Send(port, cert, { ...head, ":path": "/sessions" }, {
        body: JSON.stringify({ email: ADA.email, password: ADA.password })
      })
      assert.strictEqual((yield* Schema.decodeEffect(Answered)(body)).user_agent, "CaféPad/1 日本")
    }))
})

it.live("an Idempotency-Key beyond ASCII is refused, and shows in the log as what it says", () =>
  Effect.gen(function*() {
    const keys: Array<unknown> = []
    const logger = Logger.make<unknown, void>(({ fiber }) => {
      keys.push(fiber.getRef(References.CurrentLogAnnotations)["idempotency_key"])
    })
    const port = yield* listening({}, [logger])
    const { status } = yield* post(port, "/accounts", ADA, [`idempotency-key: ${inUtf8("schlüssel")}`])
    assert.strictEqual(status, 422)
    assert.deepStrictEqual(keys, ["schlüssel"])
  }))

it.each([
  ["plain", "plain"],
  [inUtf8("é"), "é"],
  ["\u00e9", "é"],
  [inUtf8("\ufeffa"), "\ufeffa"],
  [inUtf8("é").slice(0, 1), "Ã"],
  ["日", "日"]
])("the text of the header %j is %j", (value, text) => assert.strictEqual(headerText(value), text))
