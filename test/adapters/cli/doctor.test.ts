import { assert, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { failure, ok, unchecked, warning } from "../../../src/kernel/Finding.ts"
import type { Finding } from "../../../src/kernel/Finding.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

const golden = (name: string, text: string) =>
  Effect.promise(() => expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}`))

const well = [
  ok("configuration", "All 33 settings are valid; 30 have their defaults."),
  ok("writes", "The database takes writes.")
]

const unwise = warning(
  "keys",
  "1 key of 256 bits or more. k20240101-abc123, which signs, was made on 2024-01-01.",
  "Replace it by a fresh one: docs/guides/keys.md has the steps."
)

const wrong = failure("durability", "Postgres may lose what it has acknowledged: fsync is off.", "Set fsync to on.")

const findings = [...well, unwise, wrong, unchecked("clock", "the database did not tell the time")]

it.effect("doctor shows each finding whole, as programs and people at terminals of any width read it", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const json = yield* run(["doctor", "--json"])
    yield* golden("doctor.json", json.stdout)
    const texts = yield* Effect.forEach(
      [undefined, 100, 80, 40],
      (columns) =>
        Effect.map(run(["doctor"], columns === undefined ? {} : { columns }), ({ stdout }) => {
          for (const line of stdout.split("\n")) assert.isAtMost(line.length, columns ?? 200)
          return `$ identity doctor # at ${columns ?? "no terminal"}\n${stdout}`
        })
    )
    yield* golden("doctor.txt", texts.join("\n\n"))
  }).pipe(Effect.provide(layer({ examine: () => Effect.succeed(findings) }))))

it.effect("doctor tells people in one line what could not be checked, and programs in one a check", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const { stderr, stdout } = yield* run(["doctor"])
    assert.strictEqual(
      stdout.split("\n").at(-1),
      "3 checks       warning  Not checked: the embedded database does not run. Start the server first. " +
        "The checks are database, schema, clock."
    )
    assert.strictEqual(stdout.split("\n").length, 4)
    assert.strictEqual(stderr, "Nothing must be mended. 1 warning.")
    const { findings } = JSON.parse((yield* run(["doctor", "--json"])).stdout)
    assert.strictEqual(findings.length, 5)
    assert.deepStrictEqual(findings[4], {
      check: "clock",
      outcome: "warning",
      detail: "Not checked: the embedded database does not run.",
      advice: "Start the server first."
    })
  }).pipe(Effect.provide(layer({
    examine: () =>
      Effect.succeed([
        ...well,
        ...(["database", "schema", "clock"] as const).map((check) =>
          unchecked(check, "the embedded database does not run", "Start the server first.")
        )
      ])
  }))))

it.effect("doctor exits 3 and says so when something must be mended", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const text = yield* run(["doctor"])
    assert.deepStrictEqual([text.exitCode, text.stderr], [3, "1 failure must be mended."])
    const { exitCode, stderr } = yield* run(["doctor", "--json"])
    assert.deepStrictEqual(
      [exitCode, JSON.parse(stderr)],
      [3, { error: { code: "must-be-mended", message: "1 failure must be mended." } }]
    )
    const quiet = yield* run(["doctor", "--quiet"])
    assert.deepStrictEqual(quiet.stdout, "keys warning\ndurability failure\nclock warning")
  }).pipe(Effect.provide(layer({ examine: () => Effect.succeed(findings) }))))

it.effect.each<readonly [ReadonlyArray<Finding>, string]>([
  [[...well, unwise], "Nothing must be mended. 1 warning."],
  [well, "All is well."]
])("doctor exits 0 when nothing must be mended: $1", ([found, note]) =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const { exitCode, stderr } = yield* run(["doctor"])
    assert.deepStrictEqual([exitCode, stderr], [0, note])
  }).pipe(Effect.provide(layer({ examine: () => Effect.succeed(found) }))))
