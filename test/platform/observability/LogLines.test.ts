import { assert, it } from "@effect/vitest"
import { Effect, Logger, Schema } from "effect"
import { prettyLine } from "../../../src/platform/observability/LogLines.ts"
import { nearly } from "../../support/texts.ts"
import { lines, logged } from "./LogCapture.ts"

const hostileTexts = nearly(
  "ada@example.com",
  "$argon2id$",
  "://a:b@",
  "\u001b[2J",
  "\u009b2J",
  "\u0085",
  "\",\"",
  "🦉"
)

const CONTROL = /[\p{Cc}\u2028\u2029]/u

it.live("[P8] what is hidden leaves the line JSON, next to what is escaped and across fields", () =>
  Effect.gen(function*() {
    const text = yield* logged(
      Effect.logInfo("to\tada@example.com").pipe(
        Effect.annotateLogs({ first: "://", second: "x@", input: { "\tada@example.com": "\n$argon2id$v=19$a\\" } })
      )
    )
    const [{ first, input, message, second } = {}] = lines(text)
    assert.deepStrictEqual({ first, input, message, second }, {
      first: "://",
      input: { "\t<redacted>": "\n<redacted>" },
      message: "to\t<redacted>",
      second: "x@"
    })
  }))

it.live("[P8] an API key that a caller chose as the id of a request is hidden in its line", () =>
  Effect.gen(function*() {
    const id = `idk_${"7".repeat(25)}`
    const text = yield* logged(
      Effect.logInfo("GET /sessions/me 401").pipe(Effect.annotateLogs({ request_id: `${id}_${"s".repeat(43)}` }))
    )
    assert.strictEqual(lines(text)[0]?.["request_id"], `${id}_<redacted>`)
  }))

it.effect.prop("[ASVS 16.4.1] whatever is said, it is one line of JSON that can be read", {
  said: hostileTexts,
  name: hostileTexts,
  value: Schema.Json
}, ({ name, said, value }) =>
  Effect.gen(function*() {
    const text = yield* logged(Effect.logInfo(said, value).pipe(Effect.annotateLogs({ [name]: value, said })))
    assert.notMatch(text.slice(0, -1), CONTROL)
    assert.isString(lines(text)[0]?.["message"])
  }))

it.effect.prop("[ASVS 16.4.1] whatever is said, people read it on one line and no terminal obeys it", {
  said: hostileTexts,
  name: hostileTexts
}, ({ name, said }) =>
  Effect.gen(function*() {
    const text = yield* logged(Effect.logInfo(said).pipe(Effect.annotateLogs({ [name]: said })), { format: "pretty" })
    assert.match(text, /\n$/)
    assert.notMatch(text.slice(0, -1), CONTROL)
  }))

it.effect("on a terminal, fields that have no room go on in the next line", () =>
  Effect.gen(function*() {
    const seen: Array<string> = []
    const format = prettyLine(false, () => 40)
    const logger = Logger.make<unknown, void>((event) => {
      seen.push(format(event, 0, {}))
    })
    yield* Effect.logInfo("Started").pipe(
      Effect.annotateLogs({ path: "/accounts/me", status: 200, route: "a".repeat(40) }),
      Effect.provide(Logger.layer([logger]))
    )
    const [first, second, third] = seen.join("\n").split("\n")
    assert.strictEqual(first, "00:00:00.000 INFO  Started")
    assert.strictEqual(second, "  path=/accounts/me status=200")
    assert.strictEqual(third, `  route=${"a".repeat(40)}`)
  }))
