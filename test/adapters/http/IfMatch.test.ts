import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expectedVersion } from "../../../src/adapters/http/handlers/IfMatch.ts"

describe("If-Match", () => {
  it.effect.each(["*", "\"7\"", " \"7\" ", "\"6\", \"7\"", "\"7\",\"6\"", "\"6\", *"])(
    "%s expects the version there is",
    (header) => Effect.map(expectedVersion(header, 7), (version) => assert.strictEqual(version, 7))
  )

  it.effect.each(["", "7", "\"6\"", "W/\"7\"", "\"77\"", "\"7", "\"*\"", "\"7\";\"6\""])(
    "%j expects a version no account has",
    (header) => Effect.map(expectedVersion(header, 7), (version) => assert.strictEqual(version, 0))
  )

  it.effect("has to be sent", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(expectedVersion(undefined, 7))).code, "precondition-required")
    }))
})
