import { assert, describe, it } from "@effect/vitest"
import { Effect, Predicate, Result, Stream } from "effect"
import { importLines } from "../../src/resources/ImportLines.ts"
import { readImportRow } from "../../src/resources/ImportRows.ts"

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

  it.effect("was created at an instant of RFC 3339 or on a date, on a day that exists", () =>
    Effect.gen(function*() {
      const good = ["0001-01-01", "2024-02-29T04:05:06Z", "2024-02-03T04:05:06.1234567+02:00", "9999-12-31T23:59:59Z"]
      const bad = ["2024-02-30T00:00:00Z", "2024-02-03 04:05:06", "Tue, 01 Jan 2019 00:00:00 GMT", "+275760-01-01"]
      const lines = yield* read(...[...good, "0000-01-01", ...bad].map((at) => rowWith(`"created_at":"${at}"`)))
      const refused = (detail: string) => [{ pointer: "/created_at", detail }]
      assert.deepStrictEqual(lines.map(([, row]) => row), [
        ...good.map(() => "read" as const),
        refused("must be in a year from 0001 to 9999"),
        ...bad.map(() => refused("must be an instant such as 2027-03-01T12:00:00Z, or a date"))
      ])
    }))

  it("means the same with and without escapes, although most lines without them are read in a quicker way", () => {
    for (const name of NAMES) {
      for (const value of VALUES) {
        const others = BASE.filter(([other]) => other !== name)
        for (const members of [[...others, [name, value]], [...BASE, [name, value]], [[name, value], ...others]]) {
          const [plain, other] = [JSON.stringify, escaped].map((spelt) =>
            readImportRow(
              `{${members.map(([text = "", json = ""]) => `${spelt(text)}:${textIn(json, spelt)}`).join()}}`
            )
          )
          assert.deepStrictEqual(plain, other, `${name} ${value}`)
        }
      }
    }
  })
})

const BASE = [["email", "\"ada@example.com\""], ["display_name", "\"Ada\""], ["email_verified", "true"]] as const

const NAMES = (
  "id external_id email email_verified email_proven display_name password_hash factors status created_at if_exists " +
  "updated_at factors_omitted __proto__ constructor else"
).split(" ")

/** Of each member at least one that it may have, and one that it may not. */
const VALUES = new Array<unknown>(true, 1, 1.5, null, [], {}, [{}])
  .concat(["", "x", " x", "x ", "x y", "x".repeat(201), "x".repeat(256), "\u00e4", "\u007f", "\u200b", "a\u0301"])
  .concat([`acct_${"0".repeat(25)}`, "active", "update", "ada@example", "ADA@example.com"])
  .concat([`${"a".repeat(65)}@example.com`, "2024-02-03T04:05:06.789Z", "2024-02-30T00:00:00.000Z"])
  .concat([
    "2024-02-03T04:05:06Z",
    "0000-01-01T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z",
    "+010000-01-01T00:00:00.000Z"
  ])
  .map((value) => JSON.stringify(value))

const escaped = (text: string): string =>
  `"${
    Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")
  }"`

const textIn = (json: string, spelt: (text: string) => string): string => {
  const value: unknown = JSON.parse(json)
  return Predicate.isString(value) ? spelt(value) : json
}
