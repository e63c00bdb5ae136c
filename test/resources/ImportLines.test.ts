import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import { importLines } from "../../src/resources/ImportLines.ts"

const read = (...parts: ReadonlyArray<string | Uint8Array>) =>
  importLines(Stream.fromIterable(parts.map((part) => Buffer.from(part)))).pipe(
    Stream.runCollect,
    Effect.map((lines) =>
      Array.from(lines).flat().map(({ line, row }) => [line, Result.isFailure(row) ? row.failure : "read"] as const)
    )
  )

const rowWith = (members: string): string => `{"email":"ada@example.com","display_name":"Ada",${members}}\n`

describe("a line of an import", () => {
  it.effect("[ASVS 15.3.7] has each member once, because parsers disagree on which of two counts", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* read(rowWith(`"email":"eve@example.com"`), rowWith(`"status":"active"`)), [
        [1, [{ pointer: "", detail: "must not have two members of the same name" }]],
        [2, "read"]
      ])
    }))

  it.effect("is UTF-8, so that no name is imported with other letters than it has", () =>
    Effect.gen(function*() {
      const latin = Buffer.from(`{"email":"ada@example.com","display_name":"\u00c4da"}\n`, "latin1")
      assert.deepStrictEqual(yield* read(latin, rowWith(`"status":"active"`)), [
        [1, [{ pointer: "", detail: "must be a JSON object on one line" }]],
        [2, "read"]
      ])
    }))

  it.effect("was created in a year of four digits, as RFC 3339 and every store have it", () =>
    Effect.gen(function*() {
      const years = ["0000", "-000001", "+275760", "0001", "9999"]
      const lines = yield* read(...years.map((year) => rowWith(`"created_at":"${year}-01-01T00:00:00.000Z"`)))
      const refused = [{ pointer: "/created_at", detail: "must be in a year from 0001 to 9999" }]
      assert.deepStrictEqual(lines.map(([, row]) => row), [refused, refused, refused, "read", "read"])
    }))
})
