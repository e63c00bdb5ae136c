import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { expectedVersion } from "../../../src/adapters/http/handlers/IfMatch.ts"
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

  it.effect.each(["", "7", "\"6\"", "W/\"7\"", "\"77\"", "\"7", "\"*\"", "\"7\";\"6\""])(
    "%j expects a version no account has",
    (header) => Effect.map(expectedVersion(header, 7), (version) => assert.strictEqual(version, 0))
  )

  it.effect.prop(
    "a list expects the version if it holds its tag",
    { current: Version, listed: Schema.Array(Version) },
    (
      { current, listed }
    ) =>
      Effect.gen(function*() {
        const header = listed.map((version) => `"${version}"`).join(", ")
        assert.strictEqual(yield* expectedVersion(header, current), listed.includes(current) ? current : 0)
      })
  )

  it.effect.prop("whatever the header, it expects the version there is, any or none", {
    current: Version,
    header: nearly("\"1\"", "W/", "*", ",", "\"2\"")
  }, ({ current, header }) =>
    Effect.map(expectedVersion(header, current), (version) => {
      assert.include([0, current, "any"], version)
      assert.strictEqual(version === "any", header.split(",").some((tag) => tag.trim() === "*"))
      if (version === current) assert.include(header, `"${current}"`)
    }))

  it.effect("has to be sent", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(expectedVersion(undefined, 7))).code, "precondition-required")
    }))
})
