import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { SettingOverride } from "../../../src/adapters/cli/Application.ts"
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
