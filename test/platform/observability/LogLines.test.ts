import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
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
