import { assert, it } from "@effect/vitest"
import { Duration, Effect, Layer, Option } from "effect"
import type { SettingOverride } from "../../../src/adapters/cli/kit/Application.ts"
import { MigrationBlocked } from "../../../src/domain/model/IdentityErrors.ts"
import { MigrationProgress, SchemaMigrator } from "../../../src/ports/SchemaMigrator.ts"
import { CommandLine, layer } from "./TestCommandLine.ts"

it.effect("migrate says what it applied, and --dry-run what it would", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    const outcome = yield* run(["migrate"])
    assert.deepStrictEqual(outcome, {
      exitCode: 0,
      stdout: "0001_create_accounts applied\n0002_create_sessions applied",
      stderr: ""
    })
    const dry = yield* run(["migrate", "--dry-run", "--json"])
    assert.deepStrictEqual(JSON.parse(dry.stdout), {
      pending: [{ id: 1, name: "create_accounts" }, { id: 2, name: "create_sessions" }]
    })
  }).pipe(Effect.provide(layer())))

it.effect("migrate says that it waits for others, now and then, and when it has waited for too long", () => {
  const migration = { id: 7, name: "expand" }
  const waits = Effect.gen(function*() {
    const { blocked } = yield* MigrationProgress
    yield* Effect.repeat(blocked(migration), { times: 14 })
    return yield* new MigrationBlocked({ ...migration, waited: Duration.minutes(10) })
  })
  const schema = Layer.mock(SchemaMigrator, { migrate: waits })
  return Effect.gen(function*() {
    const { run } = yield* CommandLine
    const { exitCode, stderr } = yield* run(["migrate"])
    const [first, again, failure, ...more] = stderr.split("\n")
    assert.deepStrictEqual([exitCode, more], [1, []])
    assert.include(first, "0007_expand waits")
    assert.strictEqual(again, first)
    assert.include(failure, "within 10 minutes")
    assert.include((yield* run(["migrate", "--json"])).stderr, `"code":"migration-blocked"`)
  }).pipe(Effect.provide(layer({ migrator: () => schema })))
})

it.effect("generate-signing-key prints the key and nothing else", () =>
  Effect.gen(function*() {
    const { run } = yield* CommandLine
    assert.deepStrictEqual(yield* run(["generate-signing-key"]), { exitCode: 0, stdout: "k1:secret", stderr: "" })
    assert.deepStrictEqual(JSON.parse((yield* run(["generate-signing-key", "--json"])).stdout), {
      signing_key: "k1:secret"
    })
  }).pipe(Effect.provide(layer())))

it.effect("serve hands its flags on as settings, unchecked", () => {
  const served: Array<ReadonlyArray<SettingOverride>> = []
  return Effect.gen(function*() {
    const { run } = yield* CommandLine
    yield* run(["serve", "--port", "eighty", "--data-dir", "/data", "--public-url", "https://id.example.com"])
    assert.deepStrictEqual(served, [[
      { name: "IDENTITY_DATA_DIR", flag: "--data-dir", text: "/data" },
      { name: "IDENTITY_PORT", flag: "--port", text: "eighty" },
      { name: "IDENTITY_PUBLIC_URL", flag: "--public-url", text: "https://id.example.com" }
    ]])
  }).pipe(Effect.provide(layer({ serve: ({ overrides }) => Effect.sync(() => void served.push(overrides)) })))
})

it.effect("config shows our values in full beside standard variables with long names, on 80 columns", () => {
  const rows = [
    ["IDENTITY_DATA_DIR", "/home/ada/.local/share/identity", "environment"],
    ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "cumulative", "default"]
  ] as const
  const settings = rows.map(([name, value, origin]) => ({ name, value: Option.some(value), origin }))
  return Effect.gen(function*() {
    const { run } = yield* CommandLine
    const { stdout } = yield* run(["config"], { columns: 80 })
    const lines = stdout.split("\n")
    const cells = lines.map((line) => line.split(/ +/).join(" "))
    for (const row of rows) assert.include(cells, row.join(" "))
    for (const line of lines) assert.isAtMost(line.length, 80)
  }).pipe(Effect.provide(layer({ configuration: () => Effect.succeed({ settings, failure: Option.none() }) })))
})
