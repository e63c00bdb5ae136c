import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import { CommandLine, layer } from "./TestCommandLine.ts"

const rowOf = (name: string, more: object = {}) =>
  JSON.stringify({ external_id: name, email: `${name}@example.com`, display_name: name, ...more })

const run = Effect.fnUntraced(function*(args: ReadonlyArray<string>, stdin = "") {
  const { run } = yield* CommandLine
  return yield* run(args, { stdin })
})

describe("identity import-accounts", () => {
  it.effect("says what became of each row, and exits 3 when one was refused", () =>
    Effect.gen(function*() {
      const input = [rowOf("ada"), "", "{", rowOf("bob", { password_hash: "secret" })].join("\n")
      assert.deepStrictEqual(yield* run(["import-accounts", "-"], input), {
        exitCode: 3,
        stdout: "Of 3 rows, the import created 1, updated 0, left 0 unchanged and refused 2.",
        stderr: [
          "Line 3: the row must be a JSON object on one line.",
          "Line 4: /password_hash must be a password hash of a known format.",
          "2 rows of 3 were refused."
        ].join("\n")
      })
      const again = yield* run(
        ["import-accounts", "-", "--json"],
        `${rowOf("ada")}\n${rowOf("carl")}\n${rowOf("ada", { x: 1 })}\n${
          rowOf("dan", { factors: [{ type: "sms" }] })
        }\n${rowOf("eve", { external_id: 7 })}`
      )
      const lines = again.stdout.split("\n").map((line) => Schema.decodeUnknownSync(Outcome)(line))
      assert.deepStrictEqual(lines.map(({ external_id, line, outcome }) => [line, external_id, outcome]), [
        [1, "ada", "unchanged"],
        [2, "carl", "created"],
        [3, "ada", "refused"],
        [4, "dan", "refused"],
        [5, undefined, "refused"]
      ])
      assert.include(again.stderr, "rows-refused")
    }).pipe(Effect.provide(layer())))

  it.effect("takes a line of at most 64 KiB, wherever its pieces end, and goes on after a longer one", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const file = yield* files.makeTempFileScoped()
      const long = rowOf("long", { password_hash: "x".repeat(200_000) })
      const rows = Array.from(
        { length: 700 },
        (_, index) => rowOf(`Zoë-🦉-${index}`, { email: `p${index}@example.com` })
      )
      yield* files.writeFileString(file, [...rows, long, rowOf("last")].join("\n"))
      const { stderr, stdout } = yield* run(["import-accounts", file])
      assert.strictEqual(stdout, "Of 702 rows, the import created 701, updated 0, left 0 unchanged and refused 1.")
      assert.include(stderr, "Line 701: the row must be at most 65536 bytes long.")
      const exported = yield* run(["export-accounts"])
      assert.strictEqual(exported.stderr, "Exported 701 accounts.")
      const [first, second] = exported.stdout.split("\n").map((line) => Schema.decodeUnknownSync(Exported)(line))
      assert.strictEqual(first?.external_id, "Zoë-🦉-0")
      assert.notInclude(exported.stdout, "password_hash")
      const rest = yield* run(["export-accounts", "--after", first?.id ?? "", "--with-credentials"])
      assert.strictEqual(rest.stdout.split("\n").length, 700)
      assert.deepStrictEqual(Schema.decodeUnknownSync(Exported)(rest.stdout.split("\n")[0]).id, second?.id)
      assert.include(rest.stdout, "password_hash")
      assert.include((yield* run(["audit-log", "--action", "credentials.exported", "--json"])).stdout, "grace")
    }).pipe(Effect.provide([layer(), NodeFileSystem.layer])))

  it.effect("refuses a file that can't be read", () =>
    Effect.gen(function*() {
      const { exitCode, stderr } = yield* run(["import-accounts", "/absent"])
      assert.deepStrictEqual([exitCode, stderr], [2, "The file \"/absent\" can't be read."])
    }).pipe(Effect.provide(layer())))
})

const Outcome = Schema.fromJsonString(
  Schema.Struct({ line: Schema.Int, external_id: Schema.optionalKey(Schema.String), outcome: Schema.String })
)

const Exported = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.String,
    external_id: Schema.String,
    password_hash: Schema.optional(Schema.String)
  })
)
