import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { expectedVersion } from "../../../src/adapters/http/accounts/IfMatch.ts"
import { nearly } from "../../support/texts.ts"

const Version = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 3 })))

describe("If-Match", () => {
  it.effect.each(["*", "\"6\", *"])(
    "%s expects whatever version there is",
    (header) => Effect.map(expectedVersion(header, 7), (version) => assert.strictEqual(version, "any"))
  )

  it.effect.each(["\"7\"", " \"7\" ", "\"6\", \"7\"", "\"7\",\"6\""])(
    "%s expects the version there is",
    (header) => Effect.map(expectedVersion(header, 7), (version) => assert.strictEqual(version, 7))
  )

  it.effect.each(["\"6\"", "\"77\"", "W/\"7\", \"6\"", "7, \"12\""])(
    "%j expects a version that the account does not have",
    (header) => Effect.map(expectedVersion(header, 7), (version) => assert.strictEqual(version, 0))
  )

  it.effect.each(["", "7", "W/\"7\"", "\"7", "\"*\"", "\"0\"", "\"07\"", "\"7\";\"6\""])(
    "%j names no version, which is refused with that reason",
    (header) =>
      Effect.map(Effect.flip(expectedVersion(header, 7)), ({ code, detail }) => {
        assert.strictEqual(code, "version-conflict")
        assert.include(detail, "names no version")
      })
  )

  it.effect.prop(
    "a list expects the version if it holds its tag",
    { current: Version, listed: Schema.Array(Version) },
    (
      { current, listed }
    ) =>
      Effect.gen(function*() {
        const header = listed.map((version) => `"${version}"`).join(", ")
        const expected = listed.length === 0 ? undefined : listed.includes(current) ? current : 0
        assert.strictEqual(yield* Effect.orElseSucceed(expectedVersion(header, current), () => undefined), expected)
      })
  )

  it.effect.prop(
    "whatever the header, it expects the version there is, any or none",
    {
      current: Version,
      header: nearly("\"1\"", "W/", "*", ",", "\"2\"")
    },
    ({ current, header }) =>
      Effect.map(Effect.orElseSucceed(expectedVersion(header, current), () => undefined), (version) => {
        assert.include([undefined, 0, current, "any"], version)
        assert.strictEqual(version === "any", header.split(",").some((tag) => tag.trim() === "*"))
        if (version === current) assert.include(header, `"${current}"`)
      })
  )

  it.effect("has to be sent", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(expectedVersion(undefined, 7))).code, "precondition-required")
    }))
})
